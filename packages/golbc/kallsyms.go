package golbc

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
)

// longestFunction is how many bytes behind its beginning an address may still be in a function: /proc/kallsyms tells no sizes.
const longestFunction = 1 << 20

// KernelSymbols names addresses of the kernel's code, as /proc/kallsyms had them when it was read: modules and BPF programs
// that are loaded later need another one. It may be used by several goroutines.
type KernelSymbols struct{ functions functions }

// ReadKernelSymbols reads /proc/kallsyms. Without CAP_SYSLOG, or with kernel.kptr_restrict at 2, the kernel hides all
// addresses, which is the error [NotPermitted].
func ReadKernelSymbols() (*KernelSymbols, error) {
	const path = "/proc/kallsyms"
	file, err := os.Open(path)
	if err != nil {
		return nil, fail(NotSupported, "read", path, err)
	}
	defer file.Close()
	symbols, err := parseKallsyms(file)
	if err != nil {
		return nil, fail(NotSupported, "read", path, err)
	}
	if len(symbols.functions) == 0 {
		reason := errors.New("addresses are hidden: CAP_SYSLOG is needed, and kernel.kptr_restrict below 2")
		return nil, &Error{Code: NotPermitted, Op: "read", Subject: path, Err: reason}
	}
	return symbols, nil
}

// parseKallsyms takes the functions of lines "ffffffff81000000 T _stext" and "ffffffffc0000000 t init [module]".
func parseKallsyms(kallsyms io.Reader) (*KernelSymbols, error) {
	var found functions
	lines := bufio.NewScanner(kallsyms)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 || !strings.ContainsAny(fields[1], "TtWw") {
			continue
		}
		start, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil || start == 0 {
			continue
		}
		module := ""
		if len(fields) > 3 {
			module = strings.Trim(fields[3], "[]")
		}
		found = append(found, function{start: start, name: fields[2], module: module, local: strings.ToUpper(fields[1]) != fields[1]})
	}
	found.sort()
	return &KernelSymbols{found}, lines.Err()
}

// Resolve names one address; an unknown one keeps its address only.
func (k *KernelSymbols) Resolve(address uint64) Symbol {
	found, ok := k.functions.find(address)
	if !ok || address-found.start >= longestFunction {
		return Symbol{Address: address}
	}
	return Symbol{Address: address, Name: found.name, Module: found.module, Offset: address - found.start}
}

// ResolveStack names the [Frames] of a stack trace, innermost first.
func (k *KernelSymbols) ResolveStack(stack []uint64) []Symbol {
	frames := Frames(stack)
	symbols := make([]Symbol, len(frames))
	for i, address := range frames {
		symbols[i] = k.Resolve(address)
	}
	return symbols
}
