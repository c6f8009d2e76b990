package golbc

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// HistogramKind says how the slots of a histogram divide the values: as the macros of lbc.h count them.
type HistogramKind int

// The kinds of lbc.h.
const (
	Log2   HistogramKind = iota // LBC_HIST2: slot n begins at 2^n, slot 0 counts zero and one
	Log10                       // LBC_HIST10: slot n begins at 10^n, slot 0 counts what is below 10
	Linear                      // LBC_HIST: slot n counts the value n
)

// HistogramRow is one slot: how many values were between From and To, both of them included.
type HistogramRow struct{ From, To, Count uint64 }

// Histogram counts values by slots.
type Histogram struct {
	Kind   HistogramKind
	Counts []uint64
}

// ReadHistogram copies the counters of an array such as LBC_HIST2 makes.
func ReadHistogram(array *Array[uint64], kind HistogramKind) (Histogram, error) {
	histogram := Histogram{Kind: kind}
	for entry, err := range array.All() {
		if err != nil {
			return Histogram{}, err
		}
		histogram.Counts = append(histogram.Counts, entry.Value)
	}
	return histogram, nil
}

// ReadPerCPUHistogram adds up the counters of all CPUs, such as LBC_PERCPU_HIST2 makes them.
func ReadPerCPUHistogram(array *PerCPUArray[uint64], kind HistogramKind) (Histogram, error) {
	histogram := Histogram{Kind: kind}
	for entry, err := range array.All() {
		if err != nil {
			return Histogram{}, err
		}
		var sum uint64
		for _, count := range entry.Value {
			sum += count
		}
		histogram.Counts = append(histogram.Counts, sum)
	}
	return histogram, nil
}

// Rows are the slots up to the last one that counted anything, the empty ones before it included.
func (h Histogram) Rows() []HistogramRow {
	used := len(h.Counts)
	for used > 0 && h.Counts[used-1] == 0 {
		used--
	}
	rows := make([]HistogramRow, used)
	for slot := range rows {
		from, to := h.slotRange(slot)
		rows[slot] = HistogramRow{from, to, h.Counts[slot]}
	}
	return rows
}

func (h Histogram) slotRange(slot int) (from, to uint64) {
	if h.Kind == Linear {
		return uint64(slot), uint64(slot)
	}
	base := uint64(2)
	if h.Kind == Log10 {
		base = 10
	}
	from, next := power(base, slot), power(base, slot+1)
	if slot == 0 {
		from = 0
	}
	if next == math.MaxUint64 {
		return from, next
	}
	return from, next - 1
}

// power is base^exponent, or the largest number where that does not fit.
func power(base uint64, exponent int) uint64 {
	result := uint64(1)
	for range exponent {
		high, low := bits.Mul64(result, base)
		if high > 0 {
			return math.MaxUint64
		}
		result = low
	}
	return result
}

// Text draws the histogram in the form that BCC made familiar, unit above the values; "" where nothing was counted.
//
//	usecs               : count    distribution
//	    0 -> 1          : 2        |********************                    |
//	    2 -> 3          : 4        |****************************************|
func (h Histogram) Text(unit string) string {
	rows := h.Rows()
	if len(rows) == 0 {
		return ""
	}
	digits, width := 10, 40
	if len(fmt.Sprint(rows[len(rows)-1].To)) > digits {
		digits, width = 20, 20
	}
	most := uint64(0)
	for _, row := range rows {
		most = max(most, row.Count)
	}
	columns := max(8, len(fmt.Sprint(most)))
	label := func(row HistogramRow) string {
		if h.Kind == Linear {
			return fmt.Sprintf("%*d", digits, row.From)
		}
		return fmt.Sprintf("%*d -> %-*d", digits, row.From, digits, row.To)
	}
	lines := []string{fmt.Sprintf("     %-*s : %-*s distribution", len(label(rows[0]))-5, unit, columns, "count")}
	for _, row := range rows {
		high, low := bits.Mul64(row.Count, uint64(width))
		stars, _ := bits.Div64(high, low, most)
		lines = append(lines, fmt.Sprintf("%s : %-*d |%-*s|", label(row), columns, row.Count, width, strings.Repeat("*", int(stars))))
	}
	return strings.Join(lines, "\n")
}

// String is [Histogram.Text] without a unit.
func (h Histogram) String() string { return h.Text("") }
