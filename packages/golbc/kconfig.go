package golbc

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// kconfigSection is libbpf's name for the variables that are declared __kconfig.
const kconfigSection = ".kconfig"

// kconfigVariable is one of them: an option of the kernel's configuration, or a name of libbpf's own.
type kconfigVariable struct {
	name         string
	kind         btf.Type
	offset, size uint32 // in bytes, in the section
	weak         bool   // 0 where the kernel does not have it
}

// takeKconfig finds the variables, and hides their section from cilium/ebpf, which resolves neither weak ones nor a u32. Bytes
// that are no ELF file, or whose BTF is broken, stay what they are.
func takeKconfig(object []byte) ([]byte, []kconfigVariable) {
	hidden := bytes.Clone(object)
	section, file := btfSection(hidden)
	at := bytes.Index(section, []byte("\x00"+kconfigSection+"\x00"))
	if at < 0 {
		return object, nil
	}
	types, err := btf.LoadSpecFromReader(bytes.NewReader(section))
	if err != nil {
		return object, nil
	}
	var declared *btf.Datasec
	symbols, err := file.Symbols()
	if err != nil || types.TypeByName(kconfigSection, &declared) != nil {
		return object, nil
	}
	var variables []kconfigVariable
	for _, v := range declared.Vars {
		variable, ok := v.Type.(*btf.Var)
		if !ok {
			return object, nil
		}
		size, err := btf.Sizeof(variable.Type)
		if err != nil || size == 0 {
			return object, nil
		}
		weak := slices.ContainsFunc(symbols, func(s elf.Symbol) bool {
			return s.Name == variable.Name && elf.ST_BIND(s.Info) == elf.STB_WEAK
		})
		variables = append(variables, kconfigVariable{name: variable.Name, kind: variable.Type, size: uint32(size), weak: weak})
	}
	section[at+1] = '?'
	placeKconfig(variables)
	return hidden, variables
}

// align of a variable in bytes: text has that of its letters.
func (v kconfigVariable) align() uint32 {
	if _, isText := btf.UnderlyingType(v.kind).(*btf.Array); isText {
		return 1
	}
	return v.size
}

// placeKconfig gives the variables libbpf's offsets, by alignment (descending), size and name: generated types have them too.
func placeKconfig(variables []kconfigVariable) {
	slices.SortFunc(variables, func(a, b kconfigVariable) int {
		return cmp.Or(cmp.Compare(b.align(), a.align()), cmp.Compare(a.size, b.size), cmp.Compare(a.name, b.name))
	})
	end := uint32(0)
	for i := range variables {
		align := variables[i].align()
		variables[i].offset = (end + align - 1) / align * align
		end = variables[i].offset + variables[i].size
	}
}

// kernelConfig is the configuration of a kernel: what CONFIG_BPF and its like are set to.
type kernelConfig map[string]string

// WithKconfig gives the kernel's configuration, as .config has it, where neither /boot nor /proc/config.gz does.
func WithKconfig(text string) Option {
	return func(spec *Spec) error {
		config, err := parseKconfig(strings.NewReader(text))
		spec.config = config
		return err
	}
}

// readKconfig finds the running kernel's configuration, where libbpf looks for it too.
func readKconfig() (kernelConfig, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	text, err := os.ReadFile("/boot/config-" + unix.ByteSliceToString(name.Release[:]))
	if err == nil {
		return parseKconfig(bytes.NewReader(text))
	}
	file, zipErr := os.Open("/proc/config.gz")
	if zipErr != nil {
		return nil, errors.Join(err, zipErr)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return parseKconfig(unzipped)
}

func parseKconfig(text io.Reader) (kernelConfig, error) {
	config := kernelConfig{}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && strings.HasPrefix(name, "CONFIG_") {
			config[name] = value
		}
	}
	return config, lines.Err()
}

// resolveKconfig makes the map with the values of the variables, and has the programs read them there.
func (s *Spec) resolveKconfig() error {
	if len(s.kconfig) == 0 {
		return nil
	}
	config, unreadable := s.config, error(nil)
	if config == nil {
		config, unreadable = readKconfig()
	}
	last := s.kconfig[len(s.kconfig)-1]
	data, offsets := make([]byte, last.offset+last.size), map[string]uint32{}
	for _, v := range s.kconfig {
		value, found, err := config.value(v.name)
		if err == nil && !found && !v.weak {
			err = errors.Join(errors.New("this kernel is not configured with it"), unreadable)
		}
		if err == nil && found {
			err = putOption(data[v.offset:v.offset+v.size], v.kind, value, s.ByteOrder)
		}
		if err != nil {
			return &Error{Code: NotSupported, Op: "load", Subject: v.name, Err: err}
		}
		offsets[v.name] = v.offset
	}
	s.Maps[kconfigSection] = &ebpf.MapSpec{
		Name: kconfigSection, Type: ebpf.Array, KeySize: 4, ValueSize: uint32(len(data)), MaxEntries: 1, Flags: unix.BPF_F_RDONLY_PROG,
		Contents: []ebpf.MapKV{{Key: uint32(0), Value: data}},
	}
	for _, name := range slices.Sorted(maps.Keys(s.Programs)) {
		pointToOptions(s.Programs[name].Instructions, offsets)
	}
	return nil
}

// value is what an option is set to; the names that begin with LINUX_ are libbpf's own.
func (c kernelConfig) value(name string) (value string, found bool, err error) {
	switch name {
	case "LINUX_KERNEL_VERSION":
		version, err := features.LinuxVersionCode()
		return strconv.FormatUint(uint64(version), 10), true, err
	case "LINUX_HAS_SYSCALL_WRAPPER": // on all machines that BPF compiles for since 4.19
		return "1", true, nil
	case "LINUX_HAS_BPF_COOKIE":
		if err := features.HaveProgramHelper(ebpf.Kprobe, asm.FnGetAttachCookie); !errors.Is(err, ebpf.ErrNotSupported) {
			return "1", true, err
		}
		return "0", true, nil
	default:
		value, found = c[name]
		return value, found, nil
	}
}

// pointToOptions has the instructions that load the address of an option load one in the map.
func pointToOptions(instructions asm.Instructions, offsets map[string]uint32) {
	for i := range instructions {
		load := &instructions[i]
		offset, ok := offsets[load.Reference()]
		if !ok || !load.OpCode.IsDWordLoad() {
			continue
		}
		function := btf.FuncMetadata(load)
		*load = asm.LoadMapValue(load.Dst, 0, offset).WithReference(kconfigSection).WithSymbol(load.Symbol()).WithSource(load.Source())
		if function != nil {
			*load = btf.WithFuncMetadata(*load, function)
		}
	}
}

// putOption writes a value of .config as a variable of that type: a number, a letter or enum libbpf_tristate for y, n and m, or
// text.
func putOption(data []byte, declared btf.Type, value string, order binary.ByteOrder) error {
	switches := map[string]uint64{"n": 0, "y": 1, "m": 2}
	state, isSwitch := switches[value]
	switch kind := btf.UnderlyingType(declared).(type) {
	case *btf.Array:
		text, err := strconv.Unquote(value)
		copy(data, text)
		return err
	case *btf.Enum:
		if !isSwitch {
			return fmt.Errorf("%s is no tristate", value)
		}
		return putNumber(data, state, order)
	case *btf.Int:
		switch {
		case isSwitch && kind.Encoding == btf.Bool && state < 2:
			return putNumber(data, state, order)
		case isSwitch && kind.Encoding != btf.Bool && kind.Size == 1:
			data[0] = value[0]
			return nil
		case kind.Encoding == btf.Signed:
			number, err := strconv.ParseInt(value, 0, int(kind.Size)*8)
			return errors.Join(err, putNumber(data, uint64(number), order))
		default:
			number, err := strconv.ParseUint(value, 0, int(kind.Size)*8)
			return errors.Join(err, putNumber(data, number, order))
		}
	default:
		return fmt.Errorf("a %s holds no option", declared)
	}
}

func putNumber(data []byte, number uint64, order binary.ByteOrder) error {
	switch len(data) {
	case 1:
		data[0] = byte(number)
	case 2:
		order.PutUint16(data, uint16(number))
	case 4:
		order.PutUint32(data, uint32(number))
	case 8:
		order.PutUint64(data, number)
	default:
		return fmt.Errorf("an option of %d bytes", len(data))
	}
	return nil
}
