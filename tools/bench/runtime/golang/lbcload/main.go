// Command lbcload times loading with the package that lbc generates of execsnoop.bpf.c.
package main

import (
	"bench/execsnoop"
	"bench/measure"
)

func main() {
	measure.Load(func() {
		skel, err := execsnoop.Load()
		measure.Must(err)
		measure.Must(skel.Attach())
		measure.Must(skel.Close())
	})
}
