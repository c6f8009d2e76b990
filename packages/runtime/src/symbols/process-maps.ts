/** A range of a process's memory. @see https://docs.kernel.org/filesystems/proc.html (/proc/PID/maps) */
export interface Mapping {
  readonly start: bigint;
  /** Of the first byte after it. */
  readonly end: bigint;
  /** In the file, of the first byte. */
  readonly offset: number;
  /** Tells files apart while they are mapped; "00:00 0" where there is none. */
  readonly identity: string;
  /** As it was when it was mapped; "" for memory of its own, `[vdso]` and such for the kernel's. */
  readonly path: string;
}

const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+ \d+) *(.*)$/gm;

/** The executable ranges of the text of /proc/PID/maps, ascending. */
export function parseMaps(text: string): Mapping[] {
  return [...text.matchAll(line)].map(([, start, end, offset = "", identity = "", path = ""]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
    offset: Number.parseInt(offset, 16),
    identity,
    // The kernel writes a line break in a path so.
    path: path.replaceAll("\\012", "\n"),
  }));
}
