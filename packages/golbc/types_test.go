package golbc

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"
)

func TestCStringsEndAtTheFirstZeroByte(t *testing.T) {
	var c CString[[4]byte]
	if !c.Set("abc") || c.String() != "abc" {
		t.Errorf("got %q", c)
	}
	if c.Set("abcd") || c.String() != "abc" {
		t.Errorf("text that is too long: %q", c)
	}
	full := CString[[3]byte]{Array: [3]byte{'x', 'y', 'z'}}
	if fmt.Sprint(full) != "xyz" {
		t.Errorf("an array without a zero byte: %v", full)
	}
	if text, err := json.Marshal(struct{ Comm CString[[3]byte] }{full}); err != nil || string(text) != `{"Comm":"xyz"}` {
		t.Errorf("got %s, %v", text, err)
	}
	if none := MakeCString[[0]byte]("a"); none.String() != "" {
		t.Errorf("an empty array: %q", none)
	}
}

func TestNumbersOf128BitsKeepTheirSign(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"-1":                   MakeInt128(^uint64(0), ^uint64(0)),
		"18446744073709551616": MakeUint128(1, 0),
		"-170141183460469231731687303715884105728": MakeInt128(1<<63, 0),
		"340282366920938463463374607431768211455":  MakeUint128(^uint64(0), ^uint64(0)),
		"0xffff888000000000":                       Pointer(0xffff888000000000),
		"Color(7)":                                 color(7),
	} {
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNumbersOf128BitsAreNumbersInJSON(t *testing.T) {
	text, err := json.Marshal([]any{MakeInt128(^uint64(0), ^uint64(0)), MakeUint128(1, 0)})
	if want := "[-1,18446744073709551616]"; err != nil || string(text) != want {
		t.Errorf("got %s (%v), want %s", text, err, want)
	}
}

func TestWhatIsWrittenAsJSONIsReadAgain(t *testing.T) {
	type record struct {
		Comm  CString[[4]byte]
		Full  CString[[2]byte]
		Named color
		Other color
		Big   Uint128
		Small Int128
	}
	want := record{
		MakeCString[[4]byte]("a\"b"), CString[[2]byte]{[2]byte{'x', 'y'}},
		red, 7, MakeUint128(1<<63, 5), MakeInt128(1<<63, 1),
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := record{Comm: MakeCString[[4]byte]("zzz")}
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%s is read as %v (%v), want %v", text, got, err, want)
	}
	for _, bad := range []string{`{"Full":"abc"}`, `{"Named":"BLUE"}`, `{"Named":4294967296}`, `{"Named":{}}`, `{"Big":-1}`, `{"Small":1e99}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s is read as %v", bad, got)
		}
	}
}

type color int32

const red color = 1

func (c color) String() string {
	if c == red {
		return "RED"
	}
	return UnknownEnum("Color", c)
}

func (c color) MarshalJSON() ([]byte, error) { return MarshalEnum(c) }

func (c *color) UnmarshalJSON(data []byte) error { return UnmarshalEnum(data, c, red) }

// bitsByHand reads bit by bit, the way C's standard describes it.
func bitsByHand(unit []byte, order binary.ByteOrder, shift, size int) (high, low uint64) {
	for i := size - 1; i >= 0; i-- {
		at := shift + i
		b := unit[significance(unit, order, at/8)]
		high, low = high<<1|low>>63, low<<1|uint64(b>>(at%8)&1)
	}
	return high, low
}

func TestBitFieldsOfEverySizeAndPlace(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for size := 1; size <= 128; size++ {
			for shift := range 8 {
				unit := make([]byte, (shift+size+7)/8)
				for i := range unit {
					unit[i] = byte(37*i + 211)
				}
				checkBits(t, unit, order, shift, size)
			}
		}
	}
}

func checkBits(t *testing.T, unit []byte, order binary.ByteOrder, shift, size int) {
	t.Helper()
	high, low := bitsByHand(unit, order, shift, size)
	value := Bits128(unit, order, shift, size)
	if value != MakeUint128(high, low) {
		t.Fatalf("%v shift %d size %d: got %v", order, shift, size, value)
	}
	before := string(unit)
	PutBits128(unit, order, shift, size, MakeUint128(^high, ^low))
	maskHigh, maskLow := ones(size)
	if got := Bits128(unit, order, shift, size); got != MakeUint128(^high&maskHigh, ^low&maskLow) {
		t.Fatalf("%v shift %d size %d: wrote %v", order, shift, size, got)
	}
	PutBits128(unit, order, shift, size, value)
	if string(unit) != before {
		t.Fatalf("%v shift %d size %d: neighbours changed", order, shift, size)
	}
}

func TestSignedBitFieldsAreExtended(t *testing.T) {
	unit := []byte{0b0111_0110}
	if got := SignedBits(unit, binary.LittleEndian, 4, 3); got != -1 {
		t.Errorf("got %d", got)
	}
	if got := SignedBits(unit, binary.LittleEndian, 0, 4); got != 6 {
		t.Errorf("got %d", got)
	}
	PutBits(unit, binary.LittleEndian, 4, 4, Bit(true))
	if unit[0] != 0b0001_0110 {
		t.Errorf("got %b", unit[0])
	}
}
