import { LbcError } from "@lbc/core";
import { readElf } from "@lbc/core/elf";
import { LayoutError } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { BuildError } from "./errors.ts";
import { readInput } from "./files.ts";
import { compileHeaderTypes, type HeaderOptions } from "./header-types.ts";
import { type ReadOptions, readLayout } from "./pipeline.ts";

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];

/** The files of `--types`: objects are taken as they are, headers are compiled for the types that turn out to be missing. */
export class ExtraTypes {
  readonly #objects: Uint8Array[] = [];
  readonly #headers: string[] = [];
  readonly #compiled = new Map<string, Promise<Uint8Array | undefined>>();
  readonly #options: HeaderOptions;

  private constructor(options: HeaderOptions) {
    this.#options = options;
  }

  static async read(paths: readonly string[], options: HeaderOptions = {}): Promise<ExtraTypes> {
    const extra = new ExtraTypes(options);
    for (const path of paths) {
      const bytes = await readInput(path);
      if (elfMagic.every((byte, index) => bytes[index] === byte)) extra.#objects.push(checked(bytes, path));
      else extra.#headers.push(await compiles(path, options));
    }
    return extra;
  }

  /** Reads a layout; a type that the object lacks is looked for in the headers. */
  async layout(object: Uint8Array, options: ReadOptions): Promise<ReturnType<typeof readLayout>> {
    const extraTypes = [...this.#objects];
    const asked = new Set<string>();
    for (;;) {
      try {
        return readLayout(object, { ...options, extraTypes });
      } catch (error) {
        const missing = error instanceof LayoutError && error.code === "unknown-type" ? error.place.type : undefined;
        if (missing === undefined || asked.has(missing)) throw error;
        asked.add(missing);
        const found = await this.#fromHeaders(missing);
        if (found === undefined) throw error;
        extraTypes.push(found);
      }
    }
  }

  /** Compiled once, however many objects lack the type. */
  #fromHeaders(type: string): Promise<Uint8Array | undefined> {
    let compiled = this.#compiled.get(type);
    if (compiled === undefined) {
      compiled = compileFirst(this.#headers, type.replace(/^(struct|union|enum)\s+/, ""), this.#options);
      this.#compiled.set(type, compiled);
    }
    return compiled;
  }
}

/** What cannot be read is told even where nothing is wanted of it. */
function checked(object: Uint8Array, path: string): Uint8Array {
  try {
    readObject(readElf(object));
    return object;
  } catch (error) {
    throw error instanceof LbcError ? error.in(path) : error;
  }
}

async function compiles(header: string, options: HeaderOptions): Promise<string> {
  await compileHeaderTypes(header, [], options);
  return header;
}

/** The type from the first header that has it. */
async function compileFirst(headers: readonly string[], type: string, options: HeaderOptions): Promise<Uint8Array | undefined> {
  for (const header of headers) {
    try {
      return await compileHeaderTypes(header, [type], options);
    } catch (error) {
      const isElsewhere = error instanceof BuildError && error.code === "compile-failed" && error.place.type === type;
      if (!isElsewhere) throw error;
    }
  }
  return undefined;
}
