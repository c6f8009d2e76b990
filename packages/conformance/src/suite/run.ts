import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { compile, type Language } from "@lbc/build";
import { LbcError } from "@lbc/core";
import { printC } from "@lbc/core/c-printer";
import type { FileSet } from "@lbc/emit";
import { scratch } from "../../../../tools/paths.ts";
import { layoutAsserts } from "../clang-asserts.ts";
import type { Endianness } from "../fixtures.ts";
import { testees } from "../testees/index.ts";
import type { Run, Unit } from "../testees/testee.ts";
import { compareBigEndianC } from "./big-endian-c.ts";
import { compareLayout, compareOutput, type Subject } from "./compare.ts";
import { comparePeerHeader, type PeerHeader } from "./peer-header.ts";
import { type Declarations, fromDeclarations, fromObject, type Prepared, prepare } from "./prepare.ts";

export interface RunOptions {
  readonly languages: readonly Language[];
  readonly endiannesses: readonly Endianness[];
  /** How many values each type is tried with. */
  readonly vectors: number;
  readonly seed: number;
  /** Languages that are tried in one byte order only, to save time. */
  readonly only?: ReadonlyMap<Language, Endianness>;
}

/** What became of a run. */
export interface Outcome {
  /** How many structs and unions were compared, in each byte order. */
  readonly types: number;
  /** Objects without BTF, and those that lbc refuses to make SDKs of, with the reason. */
  readonly refused: readonly string[];
  readonly disagreements: readonly Disagreement[];
  /** Of objects: what clang makes of bpftool's print of the same BTF. */
  readonly peers: readonly PeerHeader[];
}

/** A place where someone disagrees with clang. */
export interface Disagreement {
  /** The name of the declarations, or of the object. */
  readonly unit: string;
  /** As C spells it; null where all of the unit failed. */
  readonly root: string | null;
  readonly endianness: Endianness;
  readonly by: Language | "layout";
  readonly what: string;
}

/** Compares what clang makes of declarations with the layout, and with what each language's generated code makes of them. */
export async function runDeclarations(all: readonly Declarations[], options: RunOptions): Promise<Outcome> {
  return inScratchFolder(async (folder) => {
    const prepared: Prepared[] = [];
    for (const declarations of all) {
      for (const endianness of options.endiannesses) {
        const source = await fromDeclarations(declarations, endianness, folder);
        const languages = options.languages.filter((language) => (options.only?.get(language) ?? endianness) === endianness);
        prepared.push(await prepare(source, `u${prepared.length}`, folder, { ...options, languages }));
      }
    }
    return { ...(await compareAll(prepared, options.languages, folder)), refused: [], peers: [] };
  });
}

/** The same for the types of objects, as clang reads what is printed from their BTF. */
export async function runObjects(paths: readonly string[], options: Omit<RunOptions, "endiannesses">): Promise<Outcome> {
  return inScratchFolder(async (folder) => {
    const prepared: Prepared[] = [];
    const refused: string[] = [];
    const peers: PeerHeader[] = [];
    for (const path of paths) {
      try {
        const source = await fromObject(path);
        if (source === null) {
          refused.push(`${basename(path)}: it has no BTF`);
          continue;
        }
        const one = await prepare(source, `u${prepared.length}`, folder, options);
        prepared.push(one);
        peers.push(await comparePeerHeader(path, one));
      } catch (error) {
        if (!(error instanceof LbcError) || error.code === "compile-failed") throw error;
        refused.push(`${basename(path)}: ${error.message}`);
      }
    }
    return { ...(await compareAll(prepared, options.languages, folder)), refused, peers };
  });
}

/** Inside of the checkout, where every language finds its runtime. */
async function inScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(scratch, "conformance");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "run-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareAll(
  prepared: readonly Prepared[],
  languages: readonly Language[],
  folder: string,
): Promise<Omit<Outcome, "refused" | "peers">> {
  const found: Disagreement[] = [];
  for (const one of prepared) {
    const differences = [...one.subjects.flatMap(layoutDifferences(one)), ...(await reprintDifferences(one))];
    found.push(...disagreements(one, "layout", differences));
  }
  const left = slowestFirst.filter((language) => languages.includes(language)).values();
  const worker = async (): Promise<void> => {
    for (const language of left) found.push(...(await runLanguage(language, prepared, join(folder, language))));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { types: prepared.reduce((sum, { subjects }) => sum + subjects.length, 0), disagreements: found };
}

/** Languages side by side: one that takes long to compile must not be the last to begin. */
const slowestFirst: readonly Language[] = ["rust", "go", "typescript", "python", "c"];

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

function disagreements({ name, endianness }: Prepared, by: Disagreement["by"], differences: readonly Difference[]): Disagreement[] {
  return differences.map((difference) => ({ unit: name, ...difference, endianness, by }));
}

async function runLanguage(language: Language, prepared: readonly Prepared[], folder: string): Promise<Disagreement[]> {
  const asked = prepared.filter(({ sdks }) => sdks.has(language));
  const runsHere = (one: Prepared): boolean => testees[language].anyByteOrder || one.endianness === "little";
  const found: Disagreement[] = [];
  for (const one of asked.filter((other) => !runsHere(other))) found.push(...(await runElsewhere(one, language, `${folder}-big`)));
  for (const { run, of } of await buildAll(language, asked.filter(runsHere), folder)) {
    for (const one of of) {
      const differences = await outputDifferences(run, withSdk(one, language), one);
      found.push(...disagreements(one, language, differences));
    }
  }
  return found;
}

async function runElsewhere(one: Prepared, language: Language, folder: string): Promise<Disagreement[]> {
  try {
    return disagreements(one, language, await compareBigEndianC(one, withSdk(one, language).sdk, folder));
  } catch (error) {
    return disagreements(one, language, [{ root: null, what: (error as Error).message }]);
  }
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
    return compareOutput(unit, subjects, await run(unit));
  } catch (error) {
    return [{ root: null, what: (error as Error).message }];
  }
}
