package golbc

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKernelFunctionsHoldTheAddressesUpToTheNext(t *testing.T) {
	symbols, err := parseKallsyms(strings.NewReader(strings.Join([]string{
		"ffffffff81000000 T _stext", "ffffffff81000000 t an_alias", "0000000000000000 T hidden", "ffffffff81000100 D data",
		"ffffffff81000200 t second", "ffffffffc0000000 t start_it\t[a_module]", "no line",
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[uint64]string{
		0xffffffff81000000: "_stext+0x0", 0xffffffff810001ff: "_stext+0x1ff", 0xffffffff81000200: "second+0x0",
		0xffffffffc0000010: "start_it+0x10 [a_module]", 0xffffffffc0100000: "0xffffffffc0100000", 0x1000: "0x1000",
		0xffffffffa0000000: "0xffffffffa0000000", // between the kernel and its modules
	} {
		if got := symbols.Resolve(address).String(); got != want {
			t.Errorf("%#x: got %s, want %s", address, got, want)
		}
	}
	if got := symbols.ResolveStack([]uint64{0xffffffff81000201, 0, 5}); len(got) != 1 || got[0].Name != "second" {
		t.Errorf("a stack: %v", got)
	}
}

func TestTheRunningKernelsFunctionsAreNamed(t *testing.T) {
	symbols, err := ReadKernelSymbols()
	if err != nil {
		t.Fatal(err)
	}
	kallsyms, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(kallsyms)) {
		var address uint64
		if _, err := fmt.Sscanf(line, "%x T kernel_clone", &address); err == nil {
			if got := symbols.Resolve(address + 3).String(); got != "kernel_clone+0x3" {
				t.Errorf("got %s", got)
			}
			return
		}
	}
	t.Error("this kernel has no kernel_clone")
}

//go:noinline
func here(t *testing.T) uint64 {
	return uint64(reflect.ValueOf(here).Pointer())
}

func TestFunctionsOfThisProgramAreNamed(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	users := NewUserSymbols()
	got := users.Resolve(os.Getpid(), here(t)+1)
	if !strings.HasSuffix(got.Name, "golbc.here") || got.Offset != 1 || got.Module != filepath.Base(program) {
		t.Errorf("got %+v", got)
	}
	if got := users.Resolve(os.Getpid(), 1); got != (Symbol{Address: 1}) {
		t.Errorf("nothing is mapped at 1: %+v", got)
	}
}

func TestCodeOfAJustInTimeCompilerIsNamedByItsMap(t *testing.T) {
	code, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(code)
	start := uint64(reflect.ValueOf(code).Pointer())
	path := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	defer os.Remove(path)
	users := NewUserSymbols()
	for i, want := range []string{"first one+0x4", "second+0x4"} {
		content := fmt.Sprintf("%x 10 first one\n", start)
		if i == 1 { // the compiler has gone on
			content += fmt.Sprintf("0x%x 10 second\n\nno entry\n", start+0x10)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := users.Resolve(os.Getpid(), start+uint64(16*i)+4).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOfAProcessThatNeverWasAddressesStay(t *testing.T) {
	got := NewUserSymbols().ResolveStack(1<<30, []uint64{0x400000, 0x7f0000000000, 0})
	if len(got) != 2 || got[0].String() != "0x400000" {
		t.Errorf("got %v", got)
	}
}

func TestMappingsAreParsed(t *testing.T) {
	for line, want := range map[string]mapping{
		"00400000-00401000 r-xp 00001000 08:01 1234                       /usr/bin/a b (deleted)": {
			0x400000, 0x401000, 0x1000, fileID{"08:01", "1234"}, "/usr/bin/a b"},
		"7ffc0000-7ffd0000 r-xp 00000000 00:00 0                          [vdso]": {0x7ffc0000, 0x7ffd0000, 0, fileID{"00:00", "0"}, "[vdso]"},
		"7f000000-7f001000 rwxp 00000000 00:00 0 ":                                {0x7f000000, 0x7f001000, 0, fileID{"00:00", "0"}, ""},
	} {
		if got, ok := parseMapping(line); !ok || got != want {
			t.Errorf("%s: got %+v", line, got)
		}
	}
	for _, line := range []string{"", "7f000000-7f001000 rw-p 00000000 00:00 0", "x-y r-xp 0 0 0", "1-2 r-xp 00000000 08:01"} {
		if got, ok := parseMapping(line); ok {
			t.Errorf("%q: got %+v", line, got)
		}
	}
}

func TestFilesThatAreNoExecutablesHaveNoSymbols(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("\x7fELF and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, t.TempDir(), "/no/such/file"} {
		if symbols, err := readELFSymbols(path); err == nil {
			t.Errorf("%s: got %v", path, symbols)
		}
	}
}
