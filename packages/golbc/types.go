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

// UnknownEnum is the text of an enum's value that has no name.
func UnknownEnum[E ~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64](typeName string, value E) string {
	return fmt.Sprintf("%s(%d)", typeName, value)
}
