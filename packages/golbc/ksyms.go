package golbc

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// Sizes in bytes and numbers of https://docs.kernel.org/bpf/btf.html#type-encoding
const (
	btfTypeSize    = 12 // name_off, info, size or type
	btfKindFunc    = 12
	btfKindDatasec = 15
)

// btfExtra is what kinds of types have behind those 12 bytes: once, and for each of their members.
var btfExtra = map[uint32]struct{ once, each int }{
	1: {once: 4}, 3: {once: 12}, 4: {each: 12}, 5: {each: 12}, 6: {each: 8}, 13: {each: 8}, 14: {once: 4},
	btfKindDatasec: {each: 12}, 17: {once: 4}, 19: {each: 12},
}

// untypeSymbols declares the kernel's symbols void: cilium/ebpf takes `extern void vfs_read __ksym`, but neither libbpf's
// `extern const void` nor a variable with its type. Of such a variable programs get the address, behind which the verifier
// does not let them read. Bytes that are no ELF file, or whose BTF is broken, stay what they are.
func untypeSymbols(object []byte) []byte {
	changed := bytes.Clone(object)
	section, file := btfSection(changed)
	if section == nil {
		return object
	}
	types, names, ok := splitBTF(section, file.ByteOrder)
	if !ok || !bytes.Contains(names, []byte("\x00.ksyms\x00")) {
		return object
	}
	word := func(at int) int { return int(file.ByteOrder.Uint32(types[at:])) }
	offsets := []int{0} // of each type by its id; the first one, void, is not there
	var symbols []int   // ids
	for at := 0; at+btfTypeSize <= len(types); {
		offsets = append(offsets, at)
		kind := uint32(word(at+4)) >> 24 & 0x1f
		members := at + btfTypeSize + btfExtra[kind].once
		next := members + word(at+4)&0xffff*btfExtra[kind].each
		if next > len(types) {
			return object
		}
		if name := word(at); kind == btfKindDatasec && name < len(names) && bytes.HasPrefix(names[name:], []byte(".ksyms\x00")) {
			for ; members < next; members += btfExtra[kind].each {
				symbols = append(symbols, word(members))
			}
		}
		at = next
	}
	for _, id := range symbols {
		if id >= len(offsets) {
			return object
		}
		if at := offsets[id]; uint32(word(at+4))>>24&0x1f != btfKindFunc {
			file.ByteOrder.PutUint32(types[at+8:], 0)
		}
	}
	return changed
}

// btfSection gives the bytes of an object's .BTF, a part of the object's own; nil where there is none.
func btfSection(object []byte) ([]byte, *elf.File) {
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, nil
	}
	section := file.Section(".BTF")
	if section == nil || section.Type == elf.SHT_NOBITS || section.Offset+section.Size > uint64(len(object)) {
		return nil, nil
	}
	return object[section.Offset : section.Offset+section.Size], file
}

// splitBTF gives the types and the names behind BTF's header.
func splitBTF(btf []byte, order binary.ByteOrder) (types, names []byte, ok bool) {
	const headerSize = 24
	if len(btf) < headerSize {
		return nil, nil, false
	}
	body := uint64(order.Uint32(btf[4:]))
	part := func(at int) ([]byte, bool) {
		start := body + uint64(order.Uint32(btf[at:]))
		end := start + uint64(order.Uint32(btf[at+4:]))
		if end > uint64(len(btf)) {
			return nil, false
		}
		return btf[start:end], true
	}
	types, haveTypes := part(8)
	names, haveNames := part(16)
	return types, names, haveTypes && haveNames
}
