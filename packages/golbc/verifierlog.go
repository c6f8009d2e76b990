package golbc

import (
	"maps"
	"slices"

	"github.com/cilium/ebpf"
)

// WithVerifierLog has the verifier write down what it does ([ebpf.LogLevelInstruction], or [ebpf.LogLevelStats] for its sums),
// and hands that to report at load, program by program in the order of their names. What it says of a program that it refuses
// is in the error of load: see [Error.VerifierLog].
func WithVerifierLog(level ebpf.LogLevel, report func(program, log string)) Option {
	return func(spec *Spec) error {
		spec.Options.Programs.LogLevel = level
		spec.onLog = report
		return nil
	}
}

func (s *Spec) reportLogs(loaded *ebpf.Collection) {
	if s.onLog == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(loaded.Programs)) {
		s.onLog(name, loaded.Programs[name].VerifierLog)
	}
}
