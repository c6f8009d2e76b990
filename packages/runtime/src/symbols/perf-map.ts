import { AddressTable } from "./address-table.ts";

/**
 * The functions that a just-in-time compiler lists in /tmp/perf-PID.map (Node with --perf-basic-prof, Java, .NET). Code may be thrown
 * away and its place used again: the last line counts.
 * @see tools/perf/Documentation/jit-interface.txt
 */
export class PerfMap {
  readonly #table: AddressTable;
  readonly #lines: readonly { readonly start: bigint; readonly size: number; readonly name: string }[];

  /** Lines of start and size in hexadecimal and a name. */
  constructor(text: string) {
    this.#lines = [...text.matchAll(/^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.+)$/gim)]
      .map(([, start, size = "", name = ""]) => ({ start: BigInt(`0x${start}`), size: Number.parseInt(size, 16), name }))
      .reverse();
    this.#table = new AddressTable(BigUint64Array.from(this.#lines, ({ start }) => start));
  }

  find(address: bigint): { readonly name: string; readonly offset: number } | null {
    const found = this.#table.find(address);
    const entry = found === undefined ? undefined : this.#lines[found.number];
    const offset = entry === undefined ? 0 : Number(address - entry.start);
    return entry === undefined || offset >= entry.size ? null : { name: entry.name, offset };
  }
}
