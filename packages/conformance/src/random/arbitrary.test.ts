import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomType } from "./arbitrary.ts";
import { enums, printType, type RandomMember, type RandomType, scalars } from "./declaration.ts";

const types = fc.sample(randomType, { numRuns: 1000, seed: 1 });

function* membersOf(type: RandomType): Iterable<RandomMember> {
  for (const member of type.members) {
    yield member;
    if (member.type.kind === "composite") yield* membersOf(member.type.type);
  }
}

const withMember = (matches: (member: RandomMember) => boolean): number =>
  types.filter((type) => [...membersOf(type)].some(matches)).length;
const ofScalar = (text: string) => (member: RandomMember) => member.type.kind === "scalar" && scalars[member.type.index]?.text === text;
const ofEnum = (text: string) => (member: RandomMember) => member.type.kind === "enum" && enums[member.type.index]?.text === text;
const isComposite = (of: (type: RandomMember["type"] & { kind: "composite" }) => boolean) => (member: RandomMember) =>
  member.type.kind === "composite" && of(member.type);

describe("of 1,000 random types, enough", () => {
  test.each([
    ["structs", () => true, 700],
    ["unions", ({ kind }: RandomType) => kind === "union", 150],
    ["packed ones", ({ packed }: RandomType) => packed, 150],
    ["aligned ones", ({ aligned }: RandomType) => aligned !== null, 50],
    ["over-aligned ones", ({ aligned }: RandomType) => (aligned ?? 0) > 4, 10],
    ["flexible arrays", (type: RandomType) => / \w+\[\]/.test(printType(type, "t")), 30],
  ])("are %s", (_what, matches, least) => expect(types.filter(matches).length).toBeGreaterThanOrEqual(least));

  test.each([
    ["bit-fields", (member: RandomMember) => /\w : [1-9]/.test(printType({ ...plain, members: [member] }, "t")), 300],
    ["bit-fields without width", (member: RandomMember) => / : 0;/.test(printType({ ...plain, members: [member] }, "t")), 5],
    ["packed members", ({ packed }: RandomMember) => packed, 100],
    ["aligned members", ({ aligned }: RandomMember) => aligned !== null, 100],
    ["arrays", ({ lengths }: RandomMember) => lengths.length === 1, 300],
    ["arrays of arrays", ({ lengths }: RandomMember) => lengths.length > 1, 100],
    ["arrays of no element", ({ lengths }: RandomMember) => lengths.includes(0), 10],
    ["anonymous members", isComposite(({ form }) => form === "anonymous"), 50],
    ["members of unnamed types", isComposite(({ form }) => form === "inline"), 50],
    ["unions in them", isComposite(({ type }) => type.kind === "union"), 30],
    ["types in types in types", isComposite(({ type }) => type.members.some(isComposite(() => true))), 10],
    ["qualified members", ({ qualifier }: RandomMember) => qualifier !== "", 100],
  ])("have %s", (_what, matches, least) => expect(withMember(matches)).toBeGreaterThanOrEqual(least));

  test.each(scalars.map(({ text }) => text))("have a %s", (text) => expect(withMember(ofScalar(text))).toBeGreaterThan(30));
  test.each(enums.map(({ text }) => text))("have an %s", (text) => expect(withMember(ofEnum(text))).toBeGreaterThan(10));
});

const plain: RandomType = { kind: "struct", packed: false, aligned: null, members: [], flexible: false };

test("a flexible array follows something", () => {
  const member: RandomMember = {
    type: { kind: "scalar", index: 0 },
    name: 0,
    packed: false,
    aligned: null,
    lengths: [2],
    bits: null,
    qualifier: "",
  };
  expect(printType({ ...plain, flexible: true, members: [member] }, "t")).toBe("struct t {\n\tu8 a[2];\n};\n");
  expect(printType({ ...plain, flexible: true, members: [member, member] }, "t")).toBe("struct t {\n\tu8 a[2];\n\tu8 a2[];\n};\n");
});
