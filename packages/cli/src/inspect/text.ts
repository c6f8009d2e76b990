/** A text and the colour that it gets once its width is settled. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
  readonly alignRight?: boolean;
}

const columnGap = 2;

/** Rows with aligned columns; a column is as wide as its widest text, the last one runs on. */
export function table(rows: readonly (readonly Cell[])[], indent = 2): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...rows.map((row) => row[column]?.text.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const space = " ".repeat((widths[column] as number) - cell.text.length);
      const painted = cell.paint === undefined ? cell.text : cell.paint(cell.text);
      if (cell.alignRight === true) return space + painted;
      return column === row.length - 1 ? painted : painted + space;
    });
    // A column that is empty in all rows takes no room.
    const shown = cells.filter((_, column) => widths[column] !== 0);
    return (" ".repeat(indent) + shown.join(" ".repeat(columnGap))).trimEnd();
  });
}

/** Breaks a text at its spaces; a word that is wider than a line stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `1,024` */
export const grouped = (value: number): string => value.toLocaleString("en-US");

/** A remark in one line, as C writes it; nothing where there is none. */
export const comment = (text: string | null): string => (text === null || text === "" ? "" : `/* ${text.replaceAll("\n", " ")} */`);

export const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
