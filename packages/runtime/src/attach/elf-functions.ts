import { didYouMean } from "@lbc/core";
import { bytesSource, ElfImage, type FunctionTable, functionTables } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";

/** Names that one which is missing is compared with: a browser has a million. */
const mostCompared = 50_000;

/** The functions of an executable or shared library of this machine, by where they lie in the file. */
export class ElfFunctions {
  readonly #image: ElfImage;

  /** Throws RuntimeError `no-such-target` where the file is no 64-bit ELF. */
  constructor(bytes: Uint8Array, path: string) {
    this.#image = new ElfImage(bytesSource(bytes), path);
  }

  /**
   * Offset in the file of a function, to which `program` attaches: `malloc`, or of several versions one, as `memcpy@GLIBC_2.2.5`. A weak
   * definition counts where there is no other. Throws `no-such-target`, also where several functions have the name.
   */
  offsetOf(name: string, program: string): number {
    const [plain = "", wanted] = name.split(/@@?/);
    for (const table of functionTables(this.#image)) {
      const found = indices(table).filter(
        (index) => table.name(index) === plain && (wanted === undefined || table.version(index) === wanted),
      );
      const all = found.toArray();
      const strong = all.filter((index) => !table.isWeak(index));
      const candidates = strong.length > 0 ? strong : all.slice(0, 1);
      const [offset, ...others] = new Set(candidates.map((index) => this.#offset(table, index)));
      if (others.length > 0) throw this.#ambiguous(name, program, [...new Set(candidates.map((index) => table.version(index)))]);
      if (offset !== undefined) return offset;
    }
    throw this.#missing(name, program);
  }

  #ambiguous(name: string, program: string, versions: readonly string[]): RuntimeError {
    const { file } = this.#image;
    const known = versions.filter((version) => version !== "").sort();
    return new RuntimeError("no-such-target", {
      file,
      type: program,
      message: `${program} attaches to the function ${name}, of which ${file} has several`,
      hint:
        known.length > 1
          ? `name the version: ${known.map((version) => `${name}@${version}`).join(", ")}`
          : "give the offset of one in place of the name",
    });
  }

  #missing(name: string, program: string): RuntimeError {
    const { file } = this.#image;
    const names = functionTables(this.#image)
      .values()
      .flatMap((table) => indices(table).map((index) => table.name(index)))
      .take(mostCompared)
      .toArray();
    return new RuntimeError("no-such-target", {
      file,
      type: program,
      message: `${program} attaches to the function ${name}, which ${file} does not have`,
      hint: didYouMean(name, names) ?? `see what it has with: nm -D ${file}${names.length === 0 ? ", and nm: it may be stripped" : ""}`,
    });
  }

  /** Offsets in the file of the functions whose names (without `@VERSION`) match. */
  offsetsOf(pattern: RegExp): Set<number> {
    const offsets = new Set<number>();
    for (const table of functionTables(this.#image)) {
      for (const index of indices(table)) if (pattern.test(table.name(index))) offsets.add(this.#offset(table, index));
    }
    return offsets;
  }

  #offset(table: FunctionTable, index: number): number {
    const address = table.address(index);
    return this.#image.offsetOf(address) ?? address;
  }
}

function* indices({ length }: FunctionTable): Generator<number> {
  for (let index = 0; index < length; index++) yield index;
}
