package golbc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func TestTheVerifiersLogIsReportedProgramByProgram(t *testing.T) {
	var names []string
	load(t, "attach", nil, golbc.WithVerifierLog(ebpf.LogLevelStats, func(program, log string) {
		names = append(names, program)
		if !strings.Contains(log, "processed ") {
			t.Errorf("of %s: %q", program, log)
		}
	}))
	equal(t, "programs", strings.Join(names, " "), "on_packet on_raw_tracepoint on_tp_btf on_tracepoint on_uprobe on_uretprobe on_xdp")
}

// parity: errors.verifier
func TestARefusedProgramsErrorHasTheVerifiersWords(t *testing.T) {
	autoload := golbc.WithSpec(func(spec *golbc.Spec) error {
		spec.Program("unchecked_pointer").Autoload = true
		return nil
	})
	manual := []string{"unchecked_pointer", "unbounded_index", "unchecked_packet", "forbidden_helper", "endless_loop"}
	_, err := golbc.Load(golbc.Description{Name: "refused", Object: fixture(t, "refused"), Manual: manual}, autoload)
	var refused *golbc.Error
	if !errors.Is(err, golbc.VerifierRefused) || !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if log := strings.Join(refused.VerifierLog(), "\n"); !strings.Contains(log, "map_value_or_null") || !strings.Contains(log, "; *count += 1;") {
		t.Errorf("the log: %s", log)
	}
}
