import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { RuntimeError } from "../errors.ts";
import { AddressTable } from "./address-table.ts";
import { type AddressSymbol, unknownSymbol } from "./symbol.ts";

const kallsyms = "/proc/kallsyms";
/** The list does not say where functions end: an address beyond the last one of a region is not in it. */
const longestFunction = 1n << 20n;
/** Characters before the name: 16 digits, a space, the type, a space. */
const nameColumn = 19;
const newline = 10;
/** Of functions: T, t, W and w. */
const functionTypes: ReadonlySet<number> = new Set([..."TtWw"].map((letter) => letter.charCodeAt(0)));
const utf8 = new TextDecoder();

/** The functions of the kernel, its modules and the BPF programs that were loaded when it was read. */
export class KernelSymbols {
  readonly #list: Uint8Array;
  /** Where in the list the line of each function begins. */
  readonly #lines: Uint32Array;
  readonly #table: AddressTable;

  /** `list` has the lines of /proc/kallsyms. Throws RuntimeError `no-permission` where the kernel hides its addresses. */
  constructor(list: Uint8Array) {
    this.#list = list;
    const { starts, lines } = parse(list);
    if (lines.length > 0 && starts.every((start) => start === 0n)) {
      throw new RuntimeError("no-permission", {
        file: kallsyms,
        message: "the kernel hides the addresses of its functions",
        hint: "run as root, or with kernel.kptr_restrict=0",
      });
    }
    this.#lines = lines;
    this.#table = new AddressTable(starts);
  }

  /** Of the running kernel. Throws RuntimeError `no-permission`, and `unsupported` where there is no list. */
  static read(): KernelSymbols {
    let list: Uint8Array;
    try {
      list = readFileSync(kallsyms);
    } catch (cause) {
      throw new RuntimeError("unsupported", {
        file: kallsyms,
        message: "the kernel does not list its functions",
        hint: "it needs CONFIG_KALLSYMS=y and a mounted /proc",
        cause,
      });
    }
    return new KernelSymbols(list);
  }

  /** Never throws: an address that is in no function has no name. */
  resolve(address: bigint): AddressSymbol {
    const found = this.#table.find(address);
    if (found === undefined || address - found.start > longestFunction) return unknownSymbol(address);
    const line = this.#lines[found.number] ?? 0;
    const end = this.#list.indexOf(newline, line);
    const [name = "", module] = utf8.decode(this.#list.subarray(line + nameColumn, end === -1 ? undefined : end)).split("\t");
    return { address, name, offset: Number(address - found.start), module: module?.slice(1, -1) ?? null };
  }
}

/** Lines are `ffffffff81000000 T _text` and, for modules, `ffffffffc0000000 t nf_hook` and `[nf_tables]` behind a tab. */
function parse(list: Uint8Array): { readonly starts: BigUint64Array; readonly lines: Uint32Array } {
  const lines: number[] = [];
  for (let at = 0; at < list.length; ) {
    if (functionTypes.has(list[at + nameColumn - 2] ?? 0)) lines.push(at);
    const end = list.indexOf(newline, at);
    at = end === -1 ? list.length : end + 1;
  }
  const starts = new BigUint64Array(lines.length);
  const halves = new Uint32Array(starts.buffer);
  const high = endianness() === "LE" ? 1 : 0;
  lines.forEach((at, index) => {
    halves[2 * index + high] = hexadecimal(list, at);
    halves[2 * index + 1 - high] = hexadecimal(list, at + 8);
  });
  return { starts, lines: Uint32Array.from(lines) };
}

/** Eight digits. Several times faster than BigInt over 200,000 lines. */
function hexadecimal(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 8; index++) {
    const digit = bytes[index] ?? 0;
    // '0' is 0x30, 'a' is 0x61.
    value = (value << 4) | (digit >= 0x61 ? digit - 0x57 : digit & 0xf);
  }
  return value >>> 0;
}
