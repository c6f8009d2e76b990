package golbc

import (
	"bytes"
	"debug/elf"
)

// elfSymbolSize is the size in bytes of an Elf64_Sym, whose st_info is at offset 4.
const elfSymbolSize = 24

// bindMaps makes weak maps global, such as those of <bpf/usdt.bpf.h>: an object that is linked completely means the same by
// both, and cilium/ebpf takes global ones only. Bytes that are no ELF file stay what they are.
func bindMaps(object []byte) []byte {
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return object
	}
	table, maps := file.SectionByType(elf.SHT_SYMTAB), file.Section(".maps")
	symbols, err := file.Symbols() // without the first one, which is empty
	if err != nil || table == nil || maps == nil {
		return object
	}
	bound := object
	for i, symbol := range symbols {
		section := int(symbol.Section)
		isMap := section < len(file.Sections) && file.Sections[section] == maps
		if !isMap || elf.ST_BIND(symbol.Info) != elf.STB_WEAK {
			continue
		}
		if &bound[0] == &object[0] {
			bound = bytes.Clone(object)
		}
		bound[table.Offset+uint64(i+1)*elfSymbolSize+4] = elf.ST_INFO(elf.STB_GLOBAL, elf.ST_TYPE(symbol.Info))
	}
	return bound
}
