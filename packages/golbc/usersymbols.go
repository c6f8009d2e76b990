package golbc

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// cacheLimit bounds how many processes, and how many files, a UserSymbols remembers.
const cacheLimit = 1024

// UserSymbols names addresses of processes' code: from the symbol tables of the files that they map, from separate debug
// files, and from the /tmp/perf-PID.map files of just-in-time compilers. It reads a file once for all processes, and may
// be used by several goroutines.
type UserSymbols struct {
	mu        sync.Mutex
	processes map[int]*process
	files     map[fileID]*elfSymbols // nil for a file that cannot be read
}

// fileID tells files apart whatever their path is.
type fileID struct{ device, inode string }

// process is a process's memory as it was when it was last read.
type process struct {
	started  string // a process id can be given to another process, which starts at another time
	mappings []mapping
	jit      functions
	jitSize  int64 // of the file that jit was read from
}

// mapping is a line of /proc/PID/maps that can be executed.
type mapping struct {
	start, end, offset uint64
	file               fileID
	path               string
}

// NewUserSymbols has read nothing yet.
func NewUserSymbols() *UserSymbols {
	return &UserSymbols{processes: map[int]*process{}, files: map[fileID]*elfSymbols{}}
}

// ResolveStack names the [Frames] of a stack trace of a process (its thread group's id), innermost first. Of a process
// that has ended and was not seen before, and of code without symbols, the names stay empty.
func (u *UserSymbols) ResolveStack(pid int, stack []uint64) []Symbol {
	u.mu.Lock()
	defer u.mu.Unlock()
	frames := Frames(stack)
	symbols := make([]Symbol, len(frames))
	p := u.process(pid)
	reread := false
	for i, address := range frames {
		symbols[i] = Symbol{Address: address}
		m := p.find(address)
		if m == nil && !reread { // a library that was loaded since
			p.readMappings(pid)
			m, reread = p.find(address), true
		}
		if m != nil {
			symbols[i] = u.resolve(pid, p, m, address)
		}
	}
	return symbols
}

// Resolve names one address of a process, as ResolveStack does.
func (u *UserSymbols) Resolve(pid int, address uint64) Symbol {
	if symbols := u.ResolveStack(pid, []uint64{address}); len(symbols) > 0 {
		return symbols[0]
	}
	return Symbol{}
}

// process gives what is known of a process, and begins anew when its id has gone to another one. What was read of a
// process that has ended stays of use: its last stacks arrive later.
func (u *UserSymbols) process(pid int) *process {
	started := startTime(pid)
	if known, ok := u.processes[pid]; ok && (started == "" || known.started == started) {
		return known
	}
	if len(u.processes) >= cacheLimit {
		clear(u.processes)
	}
	p := &process{started: started}
	p.readMappings(pid)
	u.processes[pid] = p
	return p
}

// startTime is field 22 of /proc/PID/stat; empty when the process has ended. The command may hold spaces and parentheses.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}

// readMappings reads /proc/PID/maps, and keeps what it had when the process has ended.
func (p *process) readMappings(pid int) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return
	}
	defer file.Close()
	var found []mapping
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if m, ok := parseMapping(lines.Text()); ok {
			found = append(found, m)
		}
	}
	if lines.Err() == nil && len(found) > 0 {
		p.mappings = found
	}
}

// parseMapping reads "7f00-7f10 r-xp 00001000 08:01 1234   /usr/lib/libc.so.6", see proc_pid_maps(5).
func parseMapping(line string) (mapping, bool) {
	fields := strings.Fields(line)
	if len(fields) < 5 || !strings.Contains(fields[1], "x") {
		return mapping{}, false
	}
	first, last, _ := strings.Cut(fields[0], "-")
	start, startErr := strconv.ParseUint(first, 16, 64)
	end, endErr := strconv.ParseUint(last, 16, 64)
	offset, offsetErr := strconv.ParseUint(fields[2], 16, 64)
	if startErr != nil || endErr != nil || offsetErr != nil {
		return mapping{}, false
	}
	path := ""
	if at := strings.IndexAny(line, "/["); len(fields) > 5 && at >= 0 {
		path = strings.TrimSuffix(line[at:], " (deleted)")
	}
	return mapping{start, end, offset, fileID{fields[3], fields[4]}, path}, true
}

func (p *process) find(address uint64) *mapping {
	for i := range p.mappings {
		if m := &p.mappings[i]; address >= m.start && address < m.end {
			return m
		}
	}
	return nil
}

func (u *UserSymbols) resolve(pid int, p *process, m *mapping, address uint64) Symbol {
	symbol := Symbol{Address: address, Module: strings.Trim(filepath.Base(m.path), "[]"), Offset: address - m.start + m.offset}
	if !strings.HasPrefix(m.path, "/") || m.file.inode == "0" {
		if m.path == "" {
			symbol = Symbol{Address: address}
		}
		if found, ok := p.jitted(pid, address); ok {
			return Symbol{Address: address, Name: found.name, Offset: address - found.start}
		}
		return symbol
	}
	symbols := u.file(pid, m)
	if symbols == nil {
		return symbol
	}
	found, inFile, ok := symbols.find(symbol.Offset)
	if ok {
		symbol.Name, symbol.Offset = found.name, inFile-found.start
	}
	return symbol
}

// file reads the symbols of a mapped file. /proc/PID/map_files reaches it even when it was deleted, and needs a capability
// that /proc/PID/root does not.
func (u *UserSymbols) file(pid int, m *mapping) *elfSymbols {
	if known, ok := u.files[m.file]; ok {
		return known
	}
	symbols, err := readELFSymbols(fmt.Sprintf("/proc/%d/map_files/%x-%x", pid, m.start, m.end))
	if err != nil {
		symbols, err = readELFSymbols(fmt.Sprintf("/proc/%d/root%s", pid, m.path))
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil // the process has ended: another one may still map the file
	}
	if err != nil {
		symbols = nil
	}
	if len(u.files) >= cacheLimit {
		clear(u.files)
	}
	u.files[m.file] = symbols
	return symbols
}

// jitted finds an address in what a just-in-time compiler tells of its code, which grows while it runs.
func (p *process) jitted(pid int, address uint64) (function, bool) {
	path := fmt.Sprintf("/proc/%d/root/tmp/perf-%d.map", pid, innermostPID(pid))
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() != p.jitSize {
		p.jit, p.jitSize = readPerfMap(path), info.Size()
	}
	return p.jit.find(address)
}

// innermostPID is the process's id in its own namespace, by which the file is named: the last number of NSpid.
func innermostPID(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return pid
	}
	for line := range strings.Lines(string(status)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			innermost := numbers[strings.LastIndexAny(numbers, " \t")+1:]
			if inner, err := strconv.Atoi(strings.TrimSpace(innermost)); err == nil {
				return inner
			}
		}
	}
	return pid
}

// readPerfMap reads lines "START SIZE name of the function", both numbers in hexadecimal.
// See https://github.com/torvalds/linux/blob/master/tools/perf/Documentation/jit-interface.txt
func readPerfMap(path string) functions {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var found functions
	for line := range strings.Lines(string(content)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(fields) < 3 {
			continue
		}
		start, startErr := strconv.ParseUint(strings.TrimPrefix(fields[0], "0x"), 16, 64)
		size, sizeErr := strconv.ParseUint(fields[1], 16, 64)
		if startErr == nil && sizeErr == nil && size > 0 {
			found = append(found, function{start: start, end: start + size, name: fields[2]})
		}
	}
	found.sort()
	return found
}
