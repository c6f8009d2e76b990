package golbc

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
)

// debugFolder is where distributions put the symbols that they strip from files.
const debugFolder = "/usr/lib/debug/.build-id"

// elfSymbols are the functions of an executable or library, by the addresses that the file gives them.
type elfSymbols struct {
	functions functions
	segments  []elf.ProgHeader
}

// readELFSymbols reads .symtab and .dynsym of a file; those of its separate debug file where it was stripped.
func readELFSymbols(path string) (*elfSymbols, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, os.ErrInvalid) // opening a pipe would wait
	}
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	symbols := &elfSymbols{}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_LOAD {
			symbols.segments = append(symbols.segments, segment.ProgHeader)
		}
	}
	if err := symbols.add(file.Symbols()); errors.Is(err, elf.ErrNoSymbols) {
		symbols.addDebugFile(file)
		symbols.addGoFunctions(file)
	}
	if err := symbols.add(file.DynamicSymbols()); err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, err
	}
	symbols.functions.sort()
	return symbols, nil
}

// addDebugFile adds the symbols of /usr/lib/debug/.build-id/ab/cdef….debug, where there is one.
func (s *elfSymbols) addDebugFile(file *elf.File) {
	id := buildID(file)
	if len(id) < 2 {
		return
	}
	debug, err := elf.Open(filepath.Join(debugFolder, hex.EncodeToString(id[:1]), hex.EncodeToString(id[1:])+".debug"))
	if err != nil {
		return
	}
	defer debug.Close()
	_ = s.add(debug.Symbols()) // without symbols it is as good as no debug file
}

// addGoFunctions adds what the runtime of a Go program keeps for its own stack traces, which stripping leaves.
func (s *elfSymbols) addGoFunctions(file *elf.File) {
	table, text := file.Section(".gopclntab"), file.Section(".text")
	if table == nil || text == nil {
		return
	}
	lines, err := table.Data()
	if err != nil {
		return
	}
	known, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text.Addr))
	if err != nil {
		return
	}
	for _, f := range known.Funcs {
		s.functions = append(s.functions, function{start: f.Entry, end: f.End, name: f.Name})
	}
}

func (s *elfSymbols) add(symbols []elf.Symbol, err error) error {
	const ifunc = elf.SymType(10) // STT_GNU_IFUNC
	for _, symbol := range symbols {
		kind := elf.ST_TYPE(symbol.Info)
		if kind != elf.STT_FUNC && kind != ifunc || symbol.Section == elf.SHN_UNDEF || symbol.Name == "" {
			continue
		}
		end := uint64(0)
		if symbol.Size > 0 {
			end = symbol.Value + symbol.Size
		}
		s.functions = append(s.functions, function{start: symbol.Value, end: end, name: symbol.Name, local: elf.ST_BIND(symbol.Info) == elf.STB_LOCAL})
	}
	return err
}

// buildID is what the linker put into .note.gnu.build-id: a note with name "GNU" and type 3.
func buildID(file *elf.File) []byte {
	section := file.Section(".note.gnu.build-id")
	if section == nil {
		return nil
	}
	note, err := section.Data()
	if err != nil || len(note) < 16 || !bytes.Equal(note[12:16], []byte("GNU\x00")) {
		return nil
	}
	if size := file.ByteOrder.Uint32(note[4:]); uint64(size) <= uint64(len(note)-16) {
		return note[16 : 16+size]
	}
	return nil
}

// find gives the function at an offset in the file.
func (s *elfSymbols) find(offset uint64) (found function, address uint64, ok bool) {
	for _, segment := range s.segments {
		if offset >= segment.Off && offset-segment.Off < segment.Filesz {
			address = offset - segment.Off + segment.Vaddr
			found, ok = s.functions.find(address)
			return found, address, ok
		}
	}
	return function{}, 0, false
}
