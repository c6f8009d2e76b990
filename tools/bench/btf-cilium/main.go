// Command btf-cilium reads a BTF file with cilium/ebpf and prints, in milliseconds, how long it took to index it and to read all types.
package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/cilium/ebpf/btf"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: btf-cilium FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	started := time.Now()
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	indexed := time.Now()
	members := 0
	for typ, err := range spec.All() {
		if err != nil {
			return err
		}
		if composite, ok := typ.(*btf.Struct); ok {
			members += len(composite.Members)
		}
	}
	read := time.Now()
	fmt.Printf("{\"index\":%g,\"read\":%g,\"members\":%d}\n", milliseconds(indexed.Sub(started)), milliseconds(read.Sub(indexed)), members)
	return nil
}

func milliseconds(duration time.Duration) float64 { return float64(duration.Microseconds()) / 1000 }
