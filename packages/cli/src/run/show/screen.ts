import type { Output } from "../../io.ts";

/** Up by lines, and erase from the cursor to the end of the screen. @see ECMA-48, 8.3.22 and 8.3.39 */
const up = (lines: number): string => `\x1b[${lines}A`;
const eraseBelow = "\x1b[J";
const eraseTyped = "\r\x1b[K";
/** Of terminals that do not tell their size, or 0 by 0 as serial lines do. */
const usual = { columns: 80, rows: 24 };

/**
 * Lines that stay, and below them, on a terminal, a live part that is drawn anew in its place. What is not a terminal gets every live part
 * as lines.
 */
export class Screen {
  readonly #out: Output;
  /** Rows that the live part takes. */
  #liveRows = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  get isTerminal(): boolean {
    return this.#out.isTTY === true;
  }

  /** Columns of the terminal; none of a pipe. */
  get width(): number {
    return this.isTerminal ? this.#out.columns || usual.columns : Number.POSITIVE_INFINITY;
  }

  /** Adds lines above the live part, which is gone until it is drawn again. */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#out.write(`${this.#eraseLive()}${lines.join("\n")}\n`);
  }

  /** Draws the live part, as much of it as the terminal has room for. */
  draw(lines: readonly string[]): void {
    if (!this.isTerminal) {
      this.print(lines);
      return;
    }
    const room = Math.max(1, (this.#out.rows || usual.rows) - 1);
    const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
    // A line that is wider than the terminal would take two rows.
    const fitted = shown.map((line) => fit(line, this.width));
    this.#out.write(`${this.#eraseLive()}${fitted.map((line) => `${line}\n`).join("")}`);
    this.#liveRows = fitted.length;
  }

  /** Takes away what was typed behind the last line, such as ^C. */
  eraseLine(): void {
    if (this.isTerminal) this.#out.write(eraseTyped);
  }

  /** Takes the live part away. */
  clear(): void {
    const text = this.#eraseLive();
    if (text !== "") this.#out.write(text);
  }

  #eraseLive(): string {
    const rows = this.#liveRows;
    this.#liveRows = 0;
    // What was typed, such as ^C, stands behind the last line.
    return rows === 0 ? "" : `\r${up(rows)}${eraseBelow}`;
  }
}

/** Cuts a line to a width in columns. */
function fit(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
