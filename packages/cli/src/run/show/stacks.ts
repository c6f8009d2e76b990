import type { Layout } from "@lbc/core/layout";
import type { LoadedObject, MapHandle } from "@lbc/runtime";
import { type AddressSymbol, Symbolizer, symbolText } from "@lbc/runtime/symbols";
import { type Column, valueAt } from "./columns.ts";
import type { Plain } from "./plain.ts";

/** A stack trace, innermost function first; none where the kernel could not take it. */
export interface Stack {
  readonly frames: readonly AddressSymbol[];
}

/** What bpf_get_stackid() gives in place of a number where two stacks have one place in the map. @see include/uapi/asm-generic/errno-base.h */
const taken = -17n;
/** Kernel addresses are in the upper half, on every machine that lbc builds for but s390. */
const topBit = 63n;
/** Traces that are kept with their names. */
const mostKept = 100_000;

/** The stack traces of an object, with names. */
export class Stacks {
  readonly #maps: readonly MapHandle[];
  readonly #symbolizer = new Symbolizer();
  readonly #known = new Map<string, Stack>();
  readonly #little: boolean;

  constructor(loaded: LoadedObject, layout: Layout) {
    this.#maps = layout.maps.filter(({ access }) => access === "stack-traces").map(({ name }) => loaded.map(name));
    this.#little = layout.object.endianness === "little";
  }

  get exist(): boolean {
    return this.#maps.length > 0;
  }

  /** The stacks of a record, by the names of their columns. */
  of(columns: readonly Column[], record: Plain): Map<string, { readonly id: bigint; readonly stack: Stack }> {
    const found = new Map<string, { readonly id: bigint; readonly stack: Stack }>();
    const pid = processOf(columns, record);
    for (const column of columns) {
      if (!column.isStack || !this.exist) continue;
      const id = BigInt(valueAt(record, column.path) as number | bigint);
      found.set(column.name, { id, stack: this.#stack(BigInt.asIntN(32, id), pid, /^u|_u|user/i.test(column.name)) });
    }
    return found;
  }

  /** A trace is named when it is first seen: its process may be gone later. */
  #stack(id: bigint, pid: number | null, isUser: boolean): Stack {
    const key = `${id} ${pid} ${isUser}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const addresses = id < 0n ? [] : this.#addresses(Number(id), isUser);
    const stack = { frames: this.#names(addresses, pid) };
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(key, stack);
    return stack;
  }

  /** Of several maps that of its kind comes first. */
  #addresses(id: number, isUser: boolean): bigint[] {
    const key = new Uint8Array(4);
    new DataView(key.buffer).setUint32(0, id, this.#little);
    const fits = (map: MapHandle): boolean => /^u|user/i.test(map.name) === isUser;
    const maps = this.#maps.toSorted((a, b) => Number(fits(b)) - Number(fits(a)));
    const bytes = maps.map((map) => map.lookup(key)).find((value) => value !== undefined);
    if (bytes === undefined) return [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = Array.from({ length: bytes.length >> 3 }, (_, index) => view.getBigUint64(index * 8, this.#little));
    const end = all.indexOf(0n);
    return end === -1 ? all : all.slice(0, end);
  }

  #names(addresses: readonly bigint[], pid: number | null): AddressSymbol[] {
    return addresses.map((address) => {
      const isKernel = address >> topBit === 1n;
      const [symbol] = isKernel ? this.#symbolizer.kernel([address]) : pid === null ? [] : this.#symbolizer.user(pid, [address]);
      return symbol ?? { address, name: null, offset: 0, module: null };
    });
  }
}

/** The process is in the record or nowhere: `pid` or `tgid`, which in a tool's own events is the process. */
function processOf(columns: readonly Column[], record: Plain): number | null {
  const column = ["tgid", "pid"].flatMap((name) => columns.find(({ path }) => path.at(-1) === name) ?? []).at(0);
  return column === undefined ? null : Number(valueAt(record, column.path));
}

/** A stack as lines of text. */
export function stackLines(id: bigint, { frames }: Stack, indent: string): string[] {
  if (frames.length === 0) return [`${indent}no stack${BigInt.asIntN(32, id) === taken ? ": another one has its place in the map" : ""}`];
  return frames.map((frame) => indent + symbolText(frame));
}
