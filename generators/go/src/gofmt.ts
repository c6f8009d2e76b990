/** A Go string literal: JSON's escapes are Go's too. */
export const stringLiteral = (text: string): string =>
  JSON.stringify(text).replace(/\u2028|\u2029/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);

/** A line of cells, or one that belongs to none (a comment, or an empty line). */
export type Row = readonly [string, string] | string;

/** Pads first cells as gofmt does: within each run of rows that no comment interrupts. */
export function alignRows(indent: string, rows: readonly Row[]): string[] {
  const lines: string[] = [];
  let run: (readonly [string, string])[] = [];
  const flush = (): void => {
    const width = Math.max(0, ...run.map(([name]) => name.length));
    lines.push(...run.map(([name, rest]) => `${indent}${name.padEnd(width)} ${rest}`));
    run = [];
  };
  for (const row of rows) {
    if (typeof row !== "string") run.push(row);
    else {
      flush();
      lines.push(row);
    }
  }
  flush();
  return lines;
}
