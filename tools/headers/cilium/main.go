// Command cilium loads a BPF object with cilium/ebpf and prints "loaded".
package main

import (
	"fmt"
	"os"

	"github.com/cilium/ebpf"
)

func main() {
	if err := load(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
	fmt.Println("loaded")
}

func load(path string) error {
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return err
	}
	collection, err := ebpf.NewCollection(spec)
	if err != nil {
		return err
	}
	collection.Close()
	return nil
}
