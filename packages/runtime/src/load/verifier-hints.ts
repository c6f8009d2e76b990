/** What the verifier's words mean to who wrote the program. @see kernel/bpf/verifier.c */
const hints: readonly (readonly [words: RegExp, hint: string, line?: RegExp])[] = [
  [/_or_null|possibly NULL/, "the pointer may be NULL: compare it with NULL before it is used"],
  [
    /unbounded (memory )?access|unbounded min value|min value is negative/,
    "an index or size has no limit: compare it with one, or mask it",
  ],
  [
    /(outside|out) of the (allowed memory range|packet)|invalid access to (packet|map value|memory)/,
    "the access may lie outside: check it against the size (or data_end) first, in the same function",
  ],
  [/!read_ok|invalid read from stack|invalid indirect read/, "it was not set on every way to here: give it a value where it is declared"],
  [/infinite loop|back-edge/, "the verifier sees no end of the loop: count it up to a constant, or use bpf_loop() or bpf_for()"],
  [
    /too (large|complex)|processed (more than )?\d+ insn|sequence of \d+ jumps/i,
    "there are too many ways through the program: shorten loops, or move parts into __noinline functions",
  ],
  [/combined stack size|stack depth|stack frame/, "more than 512 bytes of local variables: keep large ones in a per-CPU array"],
  [
    /invalid func \S*#2001\d{6}/,
    "the program gets to where it uses a map that is not made: switch on the map's autocreate, or the program's autoload off",
  ],
  [/cannot use helper|unknown func/, "programs of this type have no such helper, on this kernel"],
  [/from non-GPL|GPL-compatible/, 'the helper asks for a licence that is compatible with the GPL: char LICENSE[] SEC("license") = "GPL"'],
  [/Unreleased reference|reference has not been/, "what was acquired must be released on every way to the end"],
  [
    /invalid mem access '(scalar|inv)'/,
    "clang merges two of libbpf's offsetof() into a load from the offset: use bpf_core_field_offset(struct name, field)",
    /\boffsetof\(/,
  ],
  [
    /invalid mem access '(scalar|inv)'/,
    "this is a number and no pointer that may be followed: read through bpf_probe_read_kernel() or BPF_CORE_READ()",
  ],
  [
    /BPF_STX uses reserved fields/,
    "atomic operations whose result is used need Linux 5.12: add to a counter without looking at what it was",
  ],
  [/write into (map|memory)|cannot write into/, "this memory may only be read"],
  [/At program exit the register R0|should have been in/, "the return value is not one that programs of this type may give"],
];

/** For the verifier's words about a line of the source; undefined for words that are not known. */
export function verifierHint(reason: string, source = ""): string | undefined {
  return hints.find(([words, , line]) => words.test(reason) && (line === undefined || line.test(source)))?.[1];
}
