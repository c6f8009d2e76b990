import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compile, emitSdks, type Language, readLayout } from "@lbc/build";
import type { Btf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import type { FileSet } from "@lbc/emit";
import { scratch } from "../../../../tools/paths.ts";
import { layoutAsserts } from "../clang-asserts.ts";
import type { Endianness } from "../fixtures.ts";
import { testees } from "../testees/index.ts";
import { packRecords, type Run, type Unit } from "../testees/testee.ts";
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
  readonly endiannesses: readonly Endianness[];
  /** How many values each type is tried with. */
  readonly vectors: number;
  readonly seed: number;
}

/** A place where someone disagrees with clang. */
export interface Disagreement {
  readonly declarations: string;
  /** As C spells it; null where a whole unit failed. */
  readonly root: string | null;
  readonly endianness: Endianness;
  readonly by: Language | "layout";
  readonly what: string;
}

/** Declarations as one object for one byte order, with all that testees need. */
interface Prepared {
  readonly unit: Omit<Unit, "sdk">;
  readonly endianness: Endianness;
  readonly declarations: string;
  readonly btf: Btf;
  readonly sdks: ReadonlyMap<Language, FileSet>;
  readonly subjects: readonly Subject[];
}

/** Compares what clang makes of declarations with the layout, and with what each language's generated code makes of them. */
export async function runDeclarations(all: readonly Declarations[], options: RunOptions): Promise<Disagreement[]> {
  const parent = join(scratch, "conformance");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "run-"));
  try {
    const prepared: Prepared[] = [];
    for (const declarations of all) {
      for (const endianness of options.endiannesses) {
        prepared.push(await prepare(declarations, endianness, `u${prepared.length}`, folder, options));
      }
    }
    const found: Disagreement[] = [];
    for (const one of prepared) {
      const differences = [...one.subjects.flatMap(layoutDifferences(one)), ...(await reprintDifferences(one))];
      found.push(...disagreements(one, "layout", differences));
    }
    for (const language of options.languages) found.push(...(await runLanguage(language, prepared, join(folder, language))));
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const layoutDifferences =
  ({ unit }: Prepared) =>
  (subject: Subject): Difference[] =>
    compareLayout(unit.layout, subject).map((what) => ({ root: subject.root, what }));

/** Sizes, offsets and alignments that clang has in what is printed from its own BTF. */
async function reprintDifferences({ unit, btf, endianness }: Prepared): Promise<Difference[]> {
  const input = [printC(btf, { preserveAccessIndex: false }), ...layoutAsserts(unit.layout, "exact"), ""].join("\n");
  try {
    await compile({ source: "-", input, output: "/dev/null", endianness, flags: ["-fsyntax-only", "-w", "-g0"] });
    return [];
  } catch (error) {
    return [{ root: null, what: (error as Error).message }];
  }
}

type Difference = Pick<Disagreement, "root" | "what">;

function disagreements({ declarations, endianness }: Prepared, by: Disagreement["by"], differences: readonly Difference[]): Disagreement[] {
  return differences.map((difference) => ({ declarations, ...difference, endianness, by }));
}

async function runLanguage(language: Language, prepared: readonly Prepared[], folder: string): Promise<Disagreement[]> {
  const testee = testees[language];
  const chosen = prepared.filter(({ endianness }) => testee.anyByteOrder || endianness === "little");
  const found: Disagreement[] = [];
  for (const { run, of } of await buildAll(language, chosen, folder)) {
    for (const one of of) {
      const differences = await outputDifferences(run, withSdk(one, language), one);
      found.push(...disagreements(one, language, differences));
    }
  }
  return found;
}

const withSdk = ({ unit, sdks }: Prepared, language: Language): Unit => ({ ...unit, sdk: sdks.get(language) as FileSet });

/** One build of everything, which is fast; where that fails, one of each, so that it is known whose fault it is. */
async function buildAll(
  language: Language,
  prepared: readonly Prepared[],
  folder: string,
): Promise<{ readonly run: Run; readonly of: readonly Prepared[] }[]> {
  const build = async (some: readonly Prepared[], into: string): Promise<Run> => {
    await mkdir(into);
    return testees[language].build(
      some.map((one) => withSdk(one, language)),
      into,
    );
  };
  try {
    return [{ run: await build(prepared, folder), of: prepared }];
  } catch (cause) {
    if (prepared.length === 1) return [{ run: () => Promise.reject(cause), of: prepared }];
    const runs: { run: Run; of: Prepared[] }[] = [];
    for (const one of prepared) {
      const run = await build([one], `${folder}-${one.unit.key}`).catch((reason: unknown) => () => Promise.reject(reason));
      runs.push({ run, of: [one] });
    }
    return runs;
  }
}

async function outputDifferences(run: Run, unit: Unit, { subjects }: Prepared): Promise<Difference[]> {
  try {
    return compareOutput(unit.layout, subjects, await run(unit));
  } catch (error) {
    return [{ root: null, what: (error as Error).message }];
  }
}

async function prepare(
  { name, text, roots, includes = [] }: Declarations,
  endianness: Endianness,
  key: string,
  folder: string,
  { languages, vectors, seed }: RunOptions,
): Promise<Prepared> {
  const output = join(folder, `${key}.bpf.o`);
  const input = [text, ...roots.map((root, index) => `${root} root_${index};`), ""].join("\n");
  await compile({ source: "-", input, output, endianness, includes, flags: ["-w"] });
  const bytes = await readFile(output);
  const read = readLayout(bytes, { name });
  const { btf } = read.object;
  if (btf === null) throw new RangeError("clang wrote no BTF");
  const questions = roots.map((spelling, index) => {
    const [variable] = btf.find(`root_${index}`, "variable");
    const type = variable === undefined ? undefined : btf.type(variable);
    if (type?.kind !== "variable") throw new RangeError(`BTF has no root_${index}`);
    const leaves = btfLeaves(btf, type.type);
    return { spelling, leaves, vectors: vectorsOf(leaves, vectors, seed + index) };
  });
  const answers = await askClang(text, questions, endianness, includes);
  const shapes = shapesOf(read.layout);
  const subjects = questions.flatMap((question, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [subjectOf(read.layout, shapes, index, question, answer, seed)];
  });
  const records = join(folder, `${key}.records`);
  await writeFile(records, packRecords(subjects.flatMap((subject) => subject.records)));
  const unit = { key, layout: read.layout, shapes, roots: [...new Set(subjects.map(({ id }) => id))], input: records };
  const sdks = await emitSdks(bytes, read, { languages, source: `${name}.bpf.o` });
  return { unit, endianness, declarations: name, btf, sdks, subjects };
}
