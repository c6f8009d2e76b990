import { didYouMean } from "@lbc/core";
import { bytesSource, ElfImage, functionTables } from "../elf-image/index.ts";
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

  /** Offset in the file of the function of that name (without `@VERSION`), to which `program` attaches. Throws `no-such-target`. */
  offsetOf(name: string, program: string): number {
    for (const [symbol, offset] of this.#offsets()) if (symbol === name) return offset;
    const { file } = this.#image;
    const names = this.#offsets()
      .map(([symbol]) => symbol)
      .take(mostCompared)
      .toArray();
    throw new RuntimeError("no-such-target", {
      file,
      type: program,
      message: `${program} attaches to the function ${name}, which ${file} does not have`,
      hint: didYouMean(name, names) ?? `see what it has with: nm -D ${file}${names.length === 0 ? ", and nm: it may be stripped" : ""}`,
    });
  }

  /** Offsets in the file of the functions whose names match. */
  offsetsOf(pattern: RegExp): Map<string, number> {
    return new Map([...this.#offsets()].filter(([symbol]) => pattern.test(symbol)));
  }

  *#offsets(): Generator<readonly [string, number]> {
    for (const table of functionTables(this.#image)) {
      for (let index = 0; index < table.length; index++) {
        const address = table.address(index);
        yield [table.name(index), this.#image.offsetOf(address) ?? address];
      }
    }
  }
}
