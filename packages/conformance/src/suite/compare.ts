import { declOf, type Layout, type TypeId } from "@lbc/core/layout";
import type { Result, TestRecord, TypeFacts } from "../testees/testee.ts";
import type { Leaf, Scalar } from "./leaf.ts";
import { Random } from "./random.ts";
import { layoutLeaves, type ShapeMember, type Shapes } from "./shape.ts";
import type { Answer, Question } from "./truth.ts";

/** A type with what clang says of it, and the records that testees get. */
export interface Subject {
  readonly root: string;
  readonly id: TypeId;
  readonly leaves: readonly Leaf[];
  readonly answer: Answer;
  readonly shapes: Shapes;
  readonly records: readonly SubjectRecord[];
}

interface SubjectRecord extends TestRecord {
  /** What a testee has to read; null where a leaf shows the bytes of another union member. */
  readonly values: readonly (string | null)[];
  /** What it has to write. */
  readonly written: string;
}

/** Each value is tried twice: as clang wrote it, and with garbage in all bits that belong to no value. */
export function subjectOf(
  layout: Layout,
  shapes: Shapes,
  id: TypeId,
  { spelling, leaves, vectors }: Question,
  answer: Answer,
  seed: number,
): Subject {
  const records = vectors.flatMap(({ values }, vector): SubjectRecord[] => {
    const bytes = answer.bytes[vector] ?? new Uint8Array();
    const marked = values.map((value) => value !== null);
    const own = leaves.filter((_, leaf) => marked[leaf]);
    const dirty = withGarbage(bytes, own, layout.object.endianness, new Random(seed + vector));
    const written = Buffer.from(bytes).toString("hex");
    return [bytes, dirty].map((data) => ({ type: id, bytes: data, marked, values, written }));
  });
  return { root: spelling, id, leaves, answer, shapes, records };
}

function withGarbage(bytes: Uint8Array, leaves: readonly Leaf[], endianness: "little" | "big", random: Random): Uint8Array {
  const free = new Uint8Array(bytes.length).fill(0xff);
  for (const { bitOffset, bitSize } of leaves) {
    for (let bit = bitOffset; bit < bitOffset + bitSize; bit++) {
      const inByte = endianness === "little" ? bit % 8 : 7 - (bit % 8);
      free[bit >> 3] = (free[bit >> 3] ?? 0) & ~(1 << inByte);
    }
  }
  return bytes.map((byte, index) => byte | (random.below(256) & (free[index] ?? 0)));
}

/** Where the layout says something else than clang or BTF; of alignment, which BTF does not record, only the reprint can tell. */
export function compareLayout(layout: Layout, { id, leaves, answer, shapes }: Subject): string[] {
  const decl = declOf(layout, { kind: "named", id });
  if (decl.kind !== "struct" && decl.kind !== "union") return [`${decl.path} is no struct or union`];
  const own = layoutLeaves(layout, shapes, id);
  const wrong = leaves.flatMap((leaf, index): string[] => {
    const offset = answer.offsets[index];
    if (offset !== null && offset !== undefined && 8 * offset !== leaf.bitOffset)
      return [`BTF has ${leaf.path} at ${leaf.bitOffset / 8}, clang at ${offset}`];
    const mine = own[index];
    return mine !== undefined && describe(mine) === describe(leaf) ? [] : [`${describe(leaf)} expected, ${mine && describe(mine)} found`];
  });
  if (own.length !== leaves.length) wrong.push(`${leaves.length} leaves expected, ${own.length} found`);
  if (decl.size !== answer.size) wrong.push(`${answer.size} bytes expected, ${decl.size} found`);
  return wrong;
}

function describe({ path, scalar, bitOffset, bitSize }: { path: string; scalar: Scalar; bitOffset: number; bitSize: number }): string {
  const sign = "signed" in scalar && scalar.signed ? "signed " : "";
  return `${path}: ${sign}${scalar.kind} of ${bitSize} bits at bit ${bitOffset}`;
}

/** Where a testee's output differs; the root is null where all of it is wrong. */
export function compareOutput(
  { layout, shapes }: { readonly layout: Layout; readonly shapes: Shapes },
  subjects: readonly Subject[],
  lines: readonly string[],
): { readonly root: string | null; readonly what: string }[] {
  const parsed = lines.filter((line) => line !== "").map((line): TypeFacts | Result => JSON.parse(line));
  const facts = parsed.filter((line): line is TypeFacts => "type" in line);
  const results = parsed.slice(facts.length) as Result[];
  const records = subjects.flatMap((subject) => subject.records.map((record) => ({ subject, record })));
  if (results.length !== records.length) return [{ root: null, what: `${records.length} results expected, ${results.length} printed` }];
  const missing = subjects
    .filter(({ id }) => !facts.some(({ type }) => type === id))
    .map(({ root }) => ({ root, what: "no facts printed" }));
  return [
    ...missing,
    ...facts.flatMap((fact) =>
      compareFacts(layout, shapes.get(fact.type) ?? [], fact).map((what) => ({
        root: ownerOf(layout, subjects, fact.type),
        what,
      })),
    ),
    ...records.flatMap(({ subject, record }, index) =>
      compareResult(subject, record, results[index] as Result).map((what) => ({ root: subject.root, what })),
    ),
  ];
}

function compareFacts(layout: Layout, members: readonly ShapeMember[], fact: TypeFacts): string[] {
  const decl = declOf(layout, { kind: "named", id: fact.type });
  if (decl.kind !== "struct" && decl.kind !== "union") return [`${decl.path} is no struct or union`];
  const wrong: string[] = [];
  if (fact.size !== decl.size) wrong.push(`size of ${decl.path}: ${decl.size} expected, ${fact.size} found`);
  if (fact.align !== null && fact.align !== decl.align)
    wrong.push(`alignment of ${decl.path}: ${decl.align} expected, ${fact.align} found`);
  if (fact.members.length !== members.length)
    wrong.push(`${members.length} members of ${decl.path} expected, ${fact.members.length} found`);
  members.forEach(({ name, bitOffset, bitSize }, index) => {
    const place = fact.members[index] ?? null;
    if (place === null || (8 * place[0] === bitOffset && 8 * place[1] === bitSize)) return;
    wrong.push(`${decl.path}.${name}: ${bitSize / 8} bytes at ${bitOffset / 8} expected, ${place[1]} at ${place[0]} found`);
  });
  return wrong;
}

/** The root that a type belongs to, for the message. */
function ownerOf(layout: Layout, subjects: readonly Subject[], type: TypeId): string | null {
  const path = declOf(layout, { kind: "named", id: type }).path;
  return subjects.find(({ id }) => id === type)?.root ?? path;
}

function compareResult({ leaves }: Subject, record: SubjectRecord, { values, bytes }: Result): string[] {
  const wrong = record.values.flatMap((value, index) => {
    if (value === null || values[index] === value) return [];
    return [`reads ${leaves[index]?.path} as ${values[index]}, not ${value}, from ${Buffer.from(record.bytes).toString("hex")}`];
  });
  if (values.length !== leaves.length) wrong.push(`${leaves.length} leaves expected, ${values.length} read`);
  if (bytes !== record.written) wrong.push(`writes ${bytes}, not ${record.written}`);
  return wrong;
}
