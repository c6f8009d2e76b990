const largestAlignment = 16;

/**
 * Alignment in bytes of an integer, float, enum or pointer of a size in bytes, as clang has it for BPF: its size, or for an odd size
 * such as the 12 bytes of i386's long double, the largest power of two that divides it.
 */
export function scalarAlignment(size: number): number {
  const low = size % largestAlignment;
  if (low === 0) return size === 0 ? 1 : largestAlignment;
  return low & -low;
}

/**
 * Whether C puts a member elsewhere unless its struct is packed: a field off its alignment, or a bit-field that crosses a storage
 * unit of its type. The offset and size are in bits (0 where it is no bit-field), what the type has is in bytes.
 */
export function isMisplaced(bitOffset: number, bitSize: number, typeSize: number, typeAlignment: number): boolean {
  if (bitSize === 0) return bitOffset % (typeAlignment * 8) !== 0;
  const unit = typeSize * 8;
  return (bitOffset % unit) + bitSize > unit;
}
