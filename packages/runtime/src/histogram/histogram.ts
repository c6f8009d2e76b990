/** How the slots of a histogram divide the values, as the maps of `LBC_HIST2`, `LBC_HIST10` and `LBC_HIST` do. */
export type HistogramKind = "log2" | "log10" | "linear";

/** One slot: how many values were between `from` and `to`, both of them included. */
export interface HistogramRow {
  readonly from: bigint;
  readonly to: bigint;
  readonly count: bigint;
}

export interface HistogramOptions {
  /** What is counted, above the values: "usecs". None by default. */
  readonly unit?: string;
  /** Columns of the longest bar: by default 40, and 20 where the values are wide. */
  readonly width?: number;
}

const largest = (1n << 64n) - 1n;
/** Values of more digits than this get the wide layout, which fits all of 64 bits. */
const narrowDigits = 10;

/**
 * The slots up to the last one that counted anything, the empty ones before it included; none where nothing was counted.
 * Slot n of "log2" begins at 2^n and of "log10" at 10^n; their slot 0 holds what is smaller too. A "linear" slot is one value.
 */
export function histogramRows(counts: ArrayLike<number | bigint>, kind: HistogramKind): HistogramRow[] {
  const rows = Array.from(counts, (count, slot) => ({ ...rangeOf(slot, kind), count: BigInt(count) }));
  return rows.slice(0, rows.findLastIndex(({ count }) => count > 0n) + 1);
}

function rangeOf(slot: number, kind: HistogramKind): { readonly from: bigint; readonly to: bigint } {
  if (kind === "linear") return { from: BigInt(slot), to: BigInt(slot) };
  const base = kind === "log2" ? 2n : 10n;
  const to = base ** BigInt(slot + 1) - 1n;
  return { from: slot === 0 ? 0n : base ** BigInt(slot), to: to < largest ? to : largest };
}

/**
 * A histogram as lines of text in the form that BCC made familiar, without a line break at the end; "" where nothing was counted.
 *
 *      usecs               : count     distribution
 *          0 -> 1          : 2        |********************                    |
 *          2 -> 3          : 4        |****************************************|
 */
export function histogramText(counts: ArrayLike<number | bigint>, kind: HistogramKind, options: HistogramOptions = {}): string {
  const rows = histogramRows(counts, kind);
  const last = rows.at(-1);
  if (last === undefined) return "";
  const digits = last.to.toString().length > narrowDigits ? 20 : narrowDigits;
  const width = options.width ?? (digits === narrowDigits ? 40 : 20);
  const most = rows.reduce((highest, { count }) => (count > highest ? count : highest), 0n);
  const countColumns = Math.max(8, most.toString().length);
  const label = (row: HistogramRow): string => {
    const from = row.from.toString().padStart(digits);
    return kind === "linear" ? from : `${from} -> ${row.to.toString().padEnd(digits)}`;
  };
  const body = rows.map((row) => `${label(row)} : ${row.count.toString().padEnd(countColumns)} |${bar(row.count, most, width)}|`);
  const heading = `     ${(options.unit ?? "").padEnd(label(last).length - 5)} : ${"count".padEnd(countColumns)}  distribution`;
  return [heading, ...body].join("\n");
}

function bar(count: bigint, most: bigint, width: number): string {
  const stars = Number((count * BigInt(width)) / most);
  return "*".repeat(stars).padEnd(width);
}
