import { type Column, cellText, valueAt } from "./columns.ts";
import type { Plain } from "./plain.ts";

const gap = "  ";
/** A column does not grow beyond this: one long value must not push all others out of sight. */
const widest = 48;

/** Rows of one stream in columns that grow with what comes; nobody knows the widest value beforehand. */
export class EventTable {
  readonly #columns: readonly Column[];
  readonly #widths: number[];
  /** Stands first in every row; of several streams their names. */
  readonly #label: string;
  #hasHeading = false;

  constructor(columns: readonly Column[], label = "") {
    this.#columns = columns.filter(({ isStack }) => !isStack);
    this.#widths = this.#columns.map(({ name, width }) => Math.max(name.length, width));
    this.#label = label;
  }

  /** The names of the columns; none where they were given before. */
  heading(): string[] {
    if (this.#hasHeading) return [];
    this.#hasHeading = true;
    return [this.#row(this.#columns.map(({ name }) => name))];
  }

  /** The row of an event, with the heading before the first one. */
  rows(event: Plain): string[] {
    return [...this.heading(), this.#row(this.#columns.map(({ path }) => cellText(valueAt(event, path))))];
  }

  #row(cells: readonly string[]): string {
    const last = cells.length - 1;
    const padded = cells.map((cell, index) => {
      const width = Math.min(widest, Math.max(this.#widths[index] ?? 0, cell.length));
      this.#widths[index] = width;
      if (this.#columns[index]?.isNumber === true) return cell.padStart(width);
      return index === last ? cell : cell.padEnd(width);
    });
    return (this.#label === "" ? padded : [this.#label, ...padded]).join(gap).trimEnd();
  }
}
