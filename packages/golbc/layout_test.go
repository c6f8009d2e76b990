package golbc

import (
	"encoding/binary"
	"errors"
	"testing"
)

type inner struct {
	Short uint16
	Flag  bool
	_     [1]byte
}

type outer struct {
	Wide  Int128
	Pair  [2]inner
	Name  CString[[4]byte]
	Ratio float32
	bytes [3]byte // what accessors read stays in the object's order
	_     [5]byte
}

func sample() outer {
	return outer{
		Wide: MakeInt128(0x0102030405060708, 0x090a0b0c0d0e0f10), Pair: [2]inner{{Short: 0x0102, Flag: true}, {Short: 0x0304}},
		Name: MakeCString[[4]byte]("abc"), Ratio: 1.5, bytes: [3]byte{7, 8, 9},
	}
}

func TestValuesSurviveBothByteOrders(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := Marshal(sample(), order)
		if got := order.Uint16(data[16:]); got != 0x0102 {
			t.Errorf("%v: short is %#x", order, got)
		}
		lowest := map[binary.ByteOrder]int{binary.LittleEndian: 0, binary.BigEndian: 15}[order]
		if data[lowest] != 0x10 {
			t.Errorf("%v: 128 bits begin with %#x", order, data[0])
		}
		got, err := Unmarshal[outer](data, order)
		if err != nil || got != sample() {
			t.Errorf("%v: got %v, %v", order, got, err)
		}
	}
}

func TestTooFewBytesAreAnError(t *testing.T) {
	if _, err := Unmarshal[uint32]([]byte{1, 2, 3}, binary.LittleEndian); !errors.Is(err, BadLength) {
		t.Errorf("got %v", err)
	}
}

func TestABoolIsTrueForEveryByteButZero(t *testing.T) {
	got, err := Unmarshal[[2]inner]([]byte{0, 0, 255, 0, 0, 0, 0, 0}, binary.LittleEndian)
	if err != nil || got[0].Flag != true || got[1].Flag {
		t.Errorf("got %v, %v", got, err)
	}
	if Marshal(got[0], binary.LittleEndian)[2] != 1 {
		t.Error("a true bool is not 1")
	}
}

func TestPutLeavesPaddingAlone(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := []byte{9, 9, 9, 9}
		Put(data, order, inner{Short: 0x0102})
		if order.Uint16(data) != 0x0102 || data[2] != 0 || data[3] != 9 {
			t.Errorf("%v: got %v", order, data)
		}
	}
}

func TestAFlexibleArrayHasAsManyElementsAsArrived(t *testing.T) {
	record := []byte{0, 0, 0, 0, 1, 0, 2, 0, 3}
	got := Elements[uint16](record, 4, binary.LittleEndian)
	if len(got) != 2 || got[0] != 1 || got[1] != 2 {
		t.Errorf("got %v", got)
	}
	if Elements[uint16](record[:3], 4, binary.LittleEndian) != nil {
		t.Error("elements before the end of the struct")
	}
}
