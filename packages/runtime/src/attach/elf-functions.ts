import { bytesSource, ElfImage, functionTables } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";

/** The functions of an executable or shared library of this machine, by where they lie in the file. */
export class ElfFunctions {
  readonly #image: ElfImage;

  /** Throws RuntimeError `no-such-target` where the file is no 64-bit ELF. */
  constructor(bytes: Uint8Array, path: string) {
    this.#image = new ElfImage(bytesSource(bytes), path);
  }

  /** Offset in the file of the function of that name (without `@VERSION`). Throws `no-such-target`. */
  offsetOf(name: string): number {
    for (const [symbol, offset] of this.#offsets()) if (symbol === name) return offset;
    throw new RuntimeError("no-such-target", {
      file: this.#image.file,
      message: `there is no function ${name} in it`,
      hint: `see what it has with: nm -D ${this.#image.file}`,
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
