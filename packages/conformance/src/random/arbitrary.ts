import fc from "fast-check";
import { enums, type MemberType, memberNames, type RandomMember, type RandomType, scalars } from "./declaration.ts";

/** How deep types nest in types. */
const depth = 3;

/** What is tried first when a type shrinks comes first. */
const towardsFirst = { withCrossShrink: true };

const rarely = (weight: number) =>
  fc.oneof(towardsFirst, { weight: 12, arbitrary: fc.constant(false) }, { weight, arbitrary: fc.constant(true) });

/** Alignment as a power of two, up to 64 bytes; mostly none. */
const alignment = fc.oneof(
  towardsFirst,
  { weight: 10, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 }) },
);

const lengths = fc.oneof(
  towardsFirst,
  { weight: 8, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 9 })) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 }) },
);

const bits = fc.oneof(
  towardsFirst,
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }) },
);

const scalar: fc.Arbitrary<MemberType> = fc.record({ kind: fc.constant("scalar"), index: fc.nat(scalars.length - 1) });
const enumeration: fc.Arbitrary<MemberType> = fc.record({ kind: fc.constant("enum"), index: fc.nat(enums.length - 1) });
const form = fc.constantFrom("inline" as const, "anonymous" as const, "tagged" as const, "typedef" as const);

function memberType(level: number): fc.Arbitrary<MemberType> {
  const flat = [
    { weight: 9, arbitrary: scalar },
    { weight: 1, arbitrary: enumeration },
  ];
  if (level === 0) return fc.oneof(...flat);
  const composite: fc.Arbitrary<MemberType> = fc.record({ kind: fc.constant("composite"), type: type(level - 1), form });
  return fc.oneof(...flat, { weight: 1, arbitrary: composite });
}

function member(level: number): fc.Arbitrary<RandomMember> {
  return fc.record({
    type: memberType(level),
    name: fc.nat(memberNames.length - 1),
    packed: rarely(1),
    aligned: alignment,
    lengths,
    bits,
    qualifier: fc.oneof(
      towardsFirst,
      { weight: 12, arbitrary: fc.constant("" as const) },
      { weight: 1, arbitrary: fc.constantFrom("const " as const, "volatile " as const) },
    ),
  });
}

function type(level: number): fc.Arbitrary<RandomType> {
  return fc.record({
    kind: fc.oneof(
      towardsFirst,
      { weight: 3, arbitrary: fc.constant("struct" as const) },
      { weight: 1, arbitrary: fc.constant("union" as const) },
    ),
    packed: rarely(4),
    aligned: alignment,
    members: fc.array(member(level), { minLength: level === depth ? 1 : 0, maxLength: level === depth ? 5 : 3 }),
    flexible: level === depth ? rarely(1) : fc.constant(false),
  });
}

/** Structs and unions as clang takes them; without bias, which would make most of them small and most bit-fields narrow. */
export const randomType: fc.Arbitrary<RandomType> = fc.noBias(type(depth));
