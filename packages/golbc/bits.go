package golbc

import "encoding/binary"

// shiftLeft and shiftRight work on 128 bits; Go defines shifts by 64 and more as 0.
func shiftLeft(high, low uint64, by int) (uint64, uint64) {
	if by >= 64 {
		return low << (by - 64), 0
	}
	return high<<by | low>>(64-by), low << by
}

func shiftRight(high, low uint64, by int) (uint64, uint64) {
	if by >= 64 {
		return 0, high >> (by - 64)
	}
	return high >> by, low>>by | high<<(64-by)
}

// ones has the lowest size bits set.
func ones(size int) (high, low uint64) {
	if size >= 64 {
		return 1<<(size-64) - 1, ^uint64(0)
	}
	return 0, 1<<size - 1
}

// significance is the index of the byte that holds bits 8·i to 8·i+7 of a unit.
func significance(unit []byte, order binary.ByteOrder, i int) int {
	if isLittle(order) {
		return i
	}
	return len(unit) - 1 - i
}

// Bits128 reads a bit-field of any size. Its unit is the smallest byte range that contains it: up to 17 bytes, which is
// why it is taken byte by byte.
func Bits128(unit []byte, order binary.ByteOrder, shift, size int) Uint128 {
	var high, low uint64
	for i := range unit {
		b := uint64(unit[significance(unit, order, i)])
		if at := 8*i - shift; at >= 0 {
			partHigh, partLow := shiftLeft(0, b, at)
			high, low = high|partHigh, low|partLow
		} else {
			low |= b >> -at
		}
	}
	maskHigh, maskLow := ones(size)
	return MakeUint128(high&maskHigh, low&maskLow)
}

// SignedBits128 reads a signed bit-field of any size.
func SignedBits128(unit []byte, order binary.ByteOrder, shift, size int) Int128 {
	value := Bits128(unit, order, shift, size)
	high, low := value.High(), value.Low()
	if signHigh, signLow := shiftRight(high, low, size-1); signHigh|signLow != 0 {
		maskHigh, maskLow := ones(size)
		high, low = high|^maskHigh, low|^maskLow
	}
	return MakeInt128(high, low)
}

// PutBits128 writes the lowest size bits of a value and leaves the neighbours in the unit as they are.
func PutBits128(unit []byte, order binary.ByteOrder, shift, size int, value Uint128) {
	maskHigh, maskLow := ones(size)
	high, low := value.High()&maskHigh, value.Low()&maskLow
	for i := range unit {
		b := &unit[significance(unit, order, i)]
		mask, bits := byteAt(maskHigh, maskLow, 8*i-shift), byteAt(high, low, 8*i-shift)
		*b = *b&^mask | bits
	}
}

// byteAt gives the eight bits of a number from bit at on; below bit 0 there are zeros.
func byteAt(high, low uint64, at int) byte {
	if at < 0 {
		return byte(low << -at)
	}
	_, low = shiftRight(high, low, at)
	return byte(low)
}

// Bits reads a bit-field of at most 64 bits.
func Bits(unit []byte, order binary.ByteOrder, shift, size int) uint64 {
	return Bits128(unit, order, shift, size).Low()
}

// SignedBits reads a signed bit-field of at most 64 bits.
func SignedBits(unit []byte, order binary.ByteOrder, shift, size int) int64 {
	return int64(SignedBits128(unit, order, shift, size).Low())
}

// PutBits writes a bit-field of at most 64 bits, signed or not: bits of the value that do not fit are dropped, as in C.
func PutBits(unit []byte, order binary.ByteOrder, shift, size int, value uint64) {
	PutBits128(unit, order, shift, size, MakeUint128(0, value))
}

// Bit is the bit-field value of a bool.
func Bit(value bool) uint64 {
	if value {
		return 1
	}
	return 0
}
