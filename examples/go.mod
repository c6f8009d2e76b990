module github.com/lbc-dev/lbc/examples

go 1.25.0

require github.com/lbc-dev/lbc/packages/golbc v0.1.0

require (
	github.com/cilium/ebpf v0.22.0 // indirect
	golang.org/x/sys v0.43.0 // indirect
)

replace github.com/lbc-dev/lbc/packages/golbc => ../packages/golbc
