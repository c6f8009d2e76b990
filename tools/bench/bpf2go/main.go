// Command bpf2go runs the generator of cilium/ebpf's bpf2go on objects that are compiled already, so that it can be timed
// beside lbc: bpf2go itself starts from C.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/cmd/bpf2go/gen"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: bpf2go OUT OBJECT…")
		os.Exit(2)
	}
	failed := false
	for _, object := range os.Args[2:] {
		if err := generate(os.Args[1], object); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(object), err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func generate(out, object string) error {
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		return err
	}
	var maps, variables, programs []string
	for name := range spec.Maps {
		if !strings.HasPrefix(name, ".") {
			maps = append(maps, name)
		}
	}
	for name := range spec.Variables {
		variables = append(variables, name)
	}
	for name := range spec.Programs {
		programs = append(programs, name)
	}
	stem := strings.ReplaceAll(strings.SplitN(filepath.Base(object), ".", 2)[0], "-", "_")
	folder := filepath.Join(out, stem)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, stem+".go"))
	if err != nil {
		return err
	}
	defer file.Close()
	return gen.Generate(gen.GenerateArgs{
		Package: stem, Stem: stem, Maps: maps, Variables: variables, Programs: programs,
		Types: gen.CollectGlobalTypes(spec), ObjectFile: filepath.Base(object), Output: file,
	})
}
