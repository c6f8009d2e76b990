import { declOf, type Layout, type Member, type StructDecl, sizeOf, type TypeDecl, type TypeRef, type UnionDecl } from "@lbc/core/layout";

/** A bit-field that clang is asked to fill with ones: where the layout says that they will be. */
export interface BitProbe {
  /** `struct event.flags` */
  readonly label: string;
  /** The variable that clang initializes. */
  readonly symbol: string;
  readonly size: number;
  readonly unit: { readonly offset: number; readonly bytes: number };
  /** The unit as one number. */
  readonly ones: bigint;
}

/** What C calls a type, null where it cannot be named at file scope: anonymous, or of a function. */
export function nameInC(layout: Layout, decl: TypeDecl): string | null {
  if (decl.path.includes("~")) return null;
  if (decl.kind === "typedef") return decl.name;
  if (decl.name !== null) return `${decl.kind} ${decl.name}`;
  const named = layout.types.some((other) => other.kind === "typedef" && other.name === decl.path);
  return named ? decl.path : null;
}

const check = (condition: string): string => `_Static_assert(${condition}, ${JSON.stringify(condition)});`;

/** A member that C can name, by its path from the outermost type. */
interface NamedMember {
  readonly path: string;
  /** Offset of the struct that holds it, in bytes. */
  readonly base: number;
  readonly member: Exclude<Member, { kind: "padding" }>;
}

/** The members of a type and of the anonymous structs and unions in it. */
function* namedMembers(layout: Layout, decl: StructDecl | UnionDecl, prefix = "", base = 0): Iterable<NamedMember> {
  for (const member of decl.members) {
    if (member.kind === "padding") continue;
    if (member.name !== null) yield { path: prefix + member.name, base, member };
    const inner = member.kind === "field" && member.type.kind === "named" ? declOf(layout, member.type) : null;
    if (member.kind !== "field" || inner === null || inner.kind === "enum" || inner.kind === "typedef" || inner.name !== null) continue;
    yield* namedMembers(layout, inner, member.name === null ? prefix : `${prefix}${member.name}.`, base + member.offset);
  }
}

/**
 * Asserts for clang that every size, offset and enumerator of the layout is its own. The alignment is exact in what was printed from BTF,
 * a lower bound in the source where that asks for more or less than the members do, and nothing where a packed struct looks like a plain one.
 */
export function layoutAsserts(layout: Layout, alignment: "exact" | "least" | "unrecorded"): string[] {
  return layout.types.flatMap((decl) => {
    const values =
      decl.kind === "enum" ? decl.values.map(({ name, value }) => check(`(unsigned long long)${name} == ${bits64(value)}`)) : [];
    const name = nameInC(layout, decl);
    if (name === null) return values;
    const lines = [check(`sizeof(${name}) == ${sizeOf(layout, { kind: "named", id: decl.id })}`), ...values];
    if (decl.kind === "enum" || decl.kind === "typedef") return lines;
    const { packed, explicitAlign, containsAligned } = decl.shape;
    const exact = alignment === "exact" || !(packed || explicitAlign || containsAligned);
    if (alignment !== "unrecorded") lines.push(check(`_Alignof(${name}) ${exact ? "==" : ">="} ${decl.align}`));
    for (const { path, base, member } of namedMembers(layout, decl)) {
      if (member.kind === "bits") continue;
      lines.push(check(`__builtin_offsetof(${name}, ${path}) == ${base + member.offset}`));
      if (!isIncompleteArray(member.type)) lines.push(check(`sizeof(((${name} *)0)->${path}) == ${member.size}`));
    }
    return lines;
  });
}

const bits64 = (value: string): string => `${BigInt.asUintN(64, BigInt(value))}ULL`;
const isIncompleteArray = (ref: TypeRef): boolean => ref.kind === "array" && ref.length === 0;

/** Variables with one bit-field each filled with ones, and what the layout says about their bytes. */
export function bitProbes(layout: Layout): { readonly source: string; readonly probes: readonly BitProbe[] } {
  const lines: string[] = [];
  const probes: BitProbe[] = [];
  for (const decl of layout.types) {
    const name = nameInC(layout, decl);
    if (name === null || decl.kind === "enum" || decl.kind === "typedef") continue;
    for (const { path, base, member } of namedMembers(layout, decl)) {
      if (member.kind !== "bits") continue;
      const symbol = `probe_${probes.length}`;
      lines.push(`${name} ${symbol} __attribute__((section(".data.probes"))) = { .${path} = ${onesOf(member.type)} };`);
      const unit = { offset: base + member.unit.offset, bytes: member.unit.bytes };
      const ones = ((1n << BigInt(member.bitSize)) - 1n) << BigInt(member.shift);
      probes.push({ label: `${name}.${path}`, symbol, size: decl.size, unit, ones });
    }
  }
  return { source: lines.join("\n"), probes };
}

const onesOf = (ref: TypeRef): string => (ref.kind === "int" && ref.role === "bool" ? "1" : "~0");

/** The bytes that a probe must have. */
export function probeBytes({ size, unit, ones }: BitProbe, endianness: "little" | "big"): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < unit.bytes; index++) {
    const at = endianness === "little" ? index : unit.bytes - 1 - index;
    bytes[unit.offset + at] = Number((ones >> BigInt(index * 8)) & 0xffn);
  }
  return bytes;
}
