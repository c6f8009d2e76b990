package golbc

import (
	"bytes"
	"fmt"
	"math/big"
	"unsafe"
)

// CString is a C array of char. A is its array type: `char comm[16]` is a CString[[16]byte].
type CString[A any] struct {
	Array A
}

// MakeCString holds text, cut where it and its final zero byte do not fit.
func MakeCString[A any](text string) CString[A] {
	var c CString[A]
	c.Set(text)
	return c
}

// Bytes are the characters themselves, the zero bytes included; writing to them changes the array.
func (c *CString[A]) Bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&c.Array)), unsafe.Sizeof(c.Array))
}

// Set replaces the text and fills the rest with zero bytes. Text that does not fit with a zero byte behind it is cut,
// which Set reports as false.
func (c *CString[A]) Set(text string) bool {
	all := c.Bytes()
	clear(all)
	if len(all) == 0 {
		return text == ""
	}
	return copy(all[:len(all)-1], text) == len(text)
}

// String is the text before the first zero byte.
func (c CString[A]) String() string {
	text, _, _ := bytes.Cut(c.Bytes(), []byte{0})
	return string(text)
}

// MarshalText makes encoding/json write a string.
func (c CString[A]) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText makes encoding/json read one, of which the array may be full, without a zero byte behind it. Text that
// is longer than the array is an error.
func (c *CString[A]) UnmarshalText(text []byte) error {
	all := c.Bytes()
	if len(text) > len(all) {
		return fmt.Errorf("%d bytes of text do not fit in %d", len(text), len(all))
	}
	clear(all[copy(all, text):])
	return nil
}

// Pointer is an address in the kernel or in a traced process, which this process cannot follow.
type Pointer uint64

// String is the address in hexadecimal.
func (p Pointer) String() string { return fmt.Sprintf("%#x", uint64(p)) }

// Uint128 is C's unsigned __int128.
type Uint128 struct {
	words [2]uint64 // in memory order of the host
}

// Int128 is C's __int128.
type Int128 struct {
	words [2]uint64
}

func low(words [2]uint64) uint64 {
	if hostIsLittle {
		return words[0]
	}
	return words[1]
}

func high(words [2]uint64) uint64 {
	if hostIsLittle {
		return words[1]
	}
	return words[0]
}

func toWords(high, low uint64) [2]uint64 {
	if hostIsLittle {
		return [2]uint64{low, high}
	}
	return [2]uint64{high, low}
}

// MakeUint128 joins two halves.
func MakeUint128(high, low uint64) Uint128 { return Uint128{toWords(high, low)} }

// MakeInt128 joins two halves of a two's complement number.
func MakeInt128(high, low uint64) Int128 { return Int128{toWords(high, low)} }

// High is the upper half.
func (u Uint128) High() uint64 { return high(u.words) }

// Low is the lower half.
func (u Uint128) Low() uint64 { return low(u.words) }

// Big is the number.
func (u Uint128) Big() *big.Int {
	number := new(big.Int).SetUint64(u.High())
	return number.Or(number.Lsh(number, 64), new(big.Int).SetUint64(u.Low()))
}

// String is the number in decimal.
func (u Uint128) String() string { return u.Big().String() }

// MarshalJSON makes encoding/json write the number.
func (u Uint128) MarshalJSON() ([]byte, error) { return u.Big().MarshalJSON() }

// UnmarshalJSON reads a number from 0 to 2^128 - 1.
func (u *Uint128) UnmarshalJSON(data []byte) error {
	number, err := bigFromJSON(data, new(big.Int), 128)
	if err == nil && number != nil {
		u.words = wordsOf(number)
	}
	return err
}

// High is the upper half, with the sign.
func (i Int128) High() uint64 { return high(i.words) }

// Low is the lower half.
func (i Int128) Low() uint64 { return low(i.words) }

// Big is the number.
func (i Int128) Big() *big.Int {
	number := big.NewInt(int64(i.High()))
	return number.Or(number.Lsh(number, 64), new(big.Int).SetUint64(i.Low()))
}

// String is the number in decimal.
func (i Int128) String() string { return i.Big().String() }

// MarshalJSON makes encoding/json write the number.
func (i Int128) MarshalJSON() ([]byte, error) { return i.Big().MarshalJSON() }

// UnmarshalJSON reads a number from -2^127 to 2^127 - 1.
func (i *Int128) UnmarshalJSON(data []byte) error {
	first := new(big.Int).Lsh(big.NewInt(-1), 127)
	number, err := bigFromJSON(data, first, 127)
	if err == nil && number != nil {
		i.words = wordsOf(number)
	}
	return err
}

// bigFromJSON is a number from first to 2^bits - 1, or nil for null.
func bigFromJSON(data []byte, first *big.Int, bits uint) (*big.Int, error) {
	if string(data) == "null" {
		return nil, nil
	}
	number := new(big.Int)
	if err := number.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	if end := new(big.Int).Lsh(big.NewInt(1), bits); number.Cmp(first) < 0 || number.Cmp(end) >= 0 {
		return nil, fmt.Errorf("%s is no integer of 128 bits", number)
	}
	return number, nil
}

// wordsOf are the lowest 128 bits of a number in two's complement.
func wordsOf(number *big.Int) [2]uint64 {
	mask := new(big.Int).SetUint64(^uint64(0))
	lower := new(big.Int).And(number, mask)
	upper := new(big.Int).And(new(big.Int).Rsh(number, 64), mask)
	return toWords(upper.Uint64(), lower.Uint64())
}
