import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "@lbc/build";
import { type ElfFile, readElf } from "@lbc/core/elf";
import type { Endianness } from "../fixtures.ts";
import type { Leaf } from "./leaf.ts";
import type { Vector } from "./values.ts";

/** A type that clang is asked about. */
export interface Question {
  /** As C writes it, at file level: `struct event`, `typeof(root_3)`. */
  readonly spelling: string;
  readonly leaves: readonly Leaf[];
  readonly vectors: readonly Vector[];
}

/** What clang makes of a type. */
export interface Answer {
  /** In bytes. */
  readonly size: number;
  readonly align: number;
  /** `offsetof` of each leaf; null where C has none, as of a bit-field. */
  readonly offsets: readonly (number | null)[];
  /** What a variable holds that is initialized with each vector. */
  readonly bytes: readonly Uint8Array[];
}

/** How the declarations are compiled. */
export interface Surroundings {
  readonly includes: readonly string[];
  readonly flags?: readonly string[];
}

/** Clang's answers for declarations, from one compilation: constants that it stores in the object, in either byte order. */
export async function askClang(
  declarations: string,
  questions: readonly Question[],
  endianness: Endianness,
  { includes, flags = [] }: Surroundings,
): Promise<Answer[]> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-truth-"));
  try {
    const output = join(scratch, "truth.o");
    const input = [declarations, ...questions.flatMap(questionLines), ""].join("\n");
    await compile({ source: "-", input, output, endianness, includes, flags: [...flags, "-w", "-g0", "-O0"] });
    const constants = new Constants(readElf(await readFile(output)));
    return questions.map((question, index) => answer(constants, question, index, endianness));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

const section = '__attribute__((section(".data.truth")))';

function questionLines({ spelling, leaves, vectors }: Question, index: number): string[] {
  const facts = [
    `sizeof(${spelling})`,
    `_Alignof(${spelling})`,
    ...leaves.map(({ path, bitField }) => (bitField ? "0" : `__builtin_offsetof(${spelling}, ${path.slice(1)})`)),
  ];
  return [
    `${section} unsigned long long truth_${index}[] = { ${facts.join(", ")} };`,
    ...vectors.map(({ initializer }, vector) => `${section} ${spelling} truth_${index}_${vector}${initializer};`),
  ];
}

/** The variables of an object by name. */
class Constants {
  readonly #elf: ElfFile;
  readonly #symbols: ReadonlyMap<string, ElfFile["symbols"][number]>;

  constructor(elf: ElfFile) {
    this.#elf = elf;
    this.#symbols = new Map(elf.symbols.map((symbol) => [symbol.name, symbol]));
  }

  bytes(name: string): Uint8Array {
    const symbol = this.#symbols.get(name);
    const data = symbol === undefined ? undefined : this.#elf.sections[symbol.sectionIndex]?.data;
    if (symbol === undefined || data === undefined) throw new RangeError(`clang stored no ${name}`);
    return data.slice(symbol.value, symbol.value + symbol.size);
  }
}

function answer(constants: Constants, { leaves, vectors }: Question, index: number, endianness: Endianness): Answer {
  const bytes = constants.bytes(`truth_${index}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fact = (at: number): number => Number(view.getBigUint64(8 * at, endianness === "little"));
  return {
    size: fact(0),
    align: fact(1),
    offsets: leaves.map(({ bitField }, leaf) => (bitField ? null : fact(2 + leaf))),
    bytes: vectors.map((_, vector) => constants.bytes(`truth_${index}_${vector}`)),
  };
}
