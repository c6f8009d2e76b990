import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compile, emitSdks, type Language, readLayout } from "@lbc/build";
import type { Layout } from "@lbc/core/layout";
import type { BpfObject } from "@lbc/core/object";
import { scratch } from "../../../../tools/paths.ts";
import type { Endianness } from "../fixtures.ts";
import { testees } from "../testees/index.ts";
import { packRecords } from "../testees/testee.ts";
import { compareLayout, compareOutput, type Subject, subjectOf } from "./compare.ts";
import { btfLeaves } from "./leaf.ts";
import { shapesOf } from "./shape.ts";
import { askClang } from "./truth.ts";
import { vectorsOf } from "./values.ts";

/** C declarations, and the types among them that are compared. */
export interface Declarations {
  readonly name: string;
  readonly text: string;
  /** As C spells them: `struct event`. */
  readonly roots: readonly string[];
  readonly includes?: readonly string[];
}

export interface RunOptions {
  readonly languages: readonly Language[];
  readonly endianness: Endianness;
  /** How many values each type is tried with. */
  readonly vectors: number;
  readonly seed: number;
}

/** A place where someone disagrees with clang. */
export interface Disagreement {
  /** As C spells it; null where a whole unit failed. */
  readonly root: string | null;
  readonly endianness: Endianness;
  readonly by: Language | "layout";
  readonly what: string;
}

/** Compares what clang makes of declarations with the layout, and with what each language's generated code makes of them. */
export async function runDeclarations(declarations: Declarations, options: RunOptions): Promise<Disagreement[]> {
  const parent = join(scratch, "conformance");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "run-"));
  try {
    return await compareIn(folder, declarations, options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareIn(folder: string, declarations: Declarations, options: RunOptions): Promise<Disagreement[]> {
  const { endianness, languages } = options;
  const { name, text, roots, includes = [] } = declarations;
  const output = join(folder, `${name}.bpf.o`);
  const input = [text, ...roots.map((root, index) => `${root} root_${index};`), ""].join("\n");
  await compile({ source: "-", input, output, endianness, includes, flags: ["-w"] });
  const bytes = await readFile(output);
  const read = readLayout(bytes, { name });
  const subjects = await findSubjects(read, declarations, options);
  const found: Disagreement[] = [];
  const add = (by: Disagreement["by"], root: string | null, what: string): void => void found.push({ by, root, endianness, what });
  for (const subject of subjects) for (const what of compareLayout(read.layout, subject)) add("layout", subject.root, what);
  const records = subjects.flatMap((subject) => subject.records);
  const recordsFile = join(folder, "records");
  await writeFile(recordsFile, packRecords(records));
  const sdks = await emitSdks(bytes, read, { languages, source: `${name}.bpf.o` });
  for (const [language, sdk] of sdks) {
    const testee = testees[language];
    if (testee === undefined || (endianness === "big" && !testee.anyByteOrder)) continue;
    const own = join(folder, language);
    await mkdir(own);
    const job = { layout: read.layout, shapes: shapesOf(read.layout), roots: [...new Set(subjects.map(({ id }) => id))] };
    try {
      const lines = await testee.run({ ...job, sdk, folder: own, input: recordsFile });
      for (const { root, what } of compareOutput(read.layout, subjects, lines)) add(language, root, what);
    } catch (error) {
      add(language, null, (error as Error).message);
    }
  }
  return found;
}

/** The roots that have a leaf, with what clang says of them. */
async function findSubjects(
  { object, layout }: { readonly object: BpfObject; readonly layout: Layout },
  { text, roots, includes }: Declarations,
  { endianness, vectors, seed }: RunOptions,
): Promise<Subject[]> {
  const { btf } = object;
  if (btf === null) throw new RangeError("clang wrote no BTF");
  const shapes = shapesOf(layout);
  const questions = roots.map((root, index) => {
    const [variable] = btf.find(`root_${index}`, "variable");
    const type = variable === undefined ? undefined : btf.type(variable);
    if (type?.kind !== "variable") throw new RangeError(`BTF has no root_${index}`);
    const leaves = btfLeaves(btf, type.type);
    return { spelling: root, leaves, vectors: vectorsOf(leaves, vectors, seed + index) };
  });
  const answers = await askClang(text, questions, endianness, includes);
  return questions.flatMap((question, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [subjectOf(layout, shapes, index, question, answer, seed)];
  });
}
