package golbc

import (
	"math"
	"strings"
	"testing"
)

func TestSlotsHaveTheRangesThatTheMacrosCountIn(t *testing.T) {
	for _, c := range []struct {
		kind HistogramKind
		slot int
		want HistogramRow
	}{
		{Log2, 0, HistogramRow{0, 1, 7}}, {Log2, 1, HistogramRow{2, 3, 7}}, {Log2, 63, HistogramRow{1 << 63, math.MaxUint64, 7}},
		{Log10, 0, HistogramRow{0, 9, 7}}, {Log10, 1, HistogramRow{10, 99, 7}}, {Log10, 19, HistogramRow{1e19, math.MaxUint64, 7}},
		{Linear, 3, HistogramRow{3, 3, 7}},
	} {
		counts := make([]uint64, 64)
		counts[c.slot] = 7
		rows := Histogram{c.kind, counts}.Rows()
		if len(rows) != c.slot+1 || rows[c.slot] != c.want {
			t.Errorf("kind %d, slot %d: got %v", c.kind, c.slot, rows[len(rows)-1])
		}
	}
}

// parity: helpers.histogram
func TestAHistogramIsDrawnAsBCCDoes(t *testing.T) {
	want := strings.Join([]string{
		"     usecs               : count    distribution",
		"         0 -> 1          : 2        |********************                    |",
		"         2 -> 3          : 4        |****************************************|",
		"         4 -> 7          : 0        |                                        |",
		"         8 -> 15         : 1        |**********                              |",
	}, "\n")
	if got := (Histogram{Log2, []uint64{2, 4, 0, 1, 0}}).Text("usecs"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestALinearHistogramHasOneValueALine(t *testing.T) {
	lines := strings.Split(Histogram{Linear, []uint64{1, 2}}.Text("CPU"), "\n")
	if lines[0] != "     CPU   : count    distribution" || lines[2] != "         1 : 2        |"+strings.Repeat("*", 40)+"|" {
		t.Errorf("got %q", lines)
	}
}

func TestWideValuesAndCountsHaveRoom(t *testing.T) {
	counts := make([]uint64, 40)
	counts[39] = math.MaxUint64
	lines := strings.Split(Histogram{Log2, counts}.String(), "\n")
	if want := "        549755813888 -> 1099511627775        : 18446744073709551615 |" + strings.Repeat("*", 20) + "|"; lines[40] != want {
		t.Errorf("got %q", lines[40])
	}
	if strings.Index(lines[0], ":") != strings.Index(lines[1], ":") {
		t.Errorf("the heading is not above the rows: %q", lines[:2])
	}
}

func TestNothingCountedIsNoText(t *testing.T) {
	if got := (Histogram{Log2, make([]uint64, 64)}).Text("usecs"); got != "" {
		t.Errorf("got %q", got)
	}
}
