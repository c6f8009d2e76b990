import stringWidth from "string-width";
import type { Execution } from "./workload.ts";

/** What one program printed, as values. */
export interface Observed {
  readonly language: string;
  readonly events: readonly Execution[];
  /** By uid. */
  readonly counts: ReadonlyMap<number, number>;
  readonly total: number;
  /** What went wrong while it ran, null where nothing did. */
  readonly failure: string | null;
}

/** Reads a program's standard output: `timestamp pid ppid uid comm argv`, then `count uid n` and `total n`, split by tabs. */
export function parseOutput(language: string, output: string, failure: string | null): Observed {
  const events: Execution[] = [];
  const counts = new Map<number, number>();
  let total = Number.NaN;
  for (const line of output.split("\n")) {
    const fields = line.split("\t");
    if (fields[0] === "count") counts.set(Number(fields[1]), Number(fields[2]));
    else if (fields[0] === "total") total = Number(fields[1]);
    else if (fields.length === 6) events.push({ pid: Number(fields[1]), uid: Number(fields[3]), argv: fields[5] ?? "" });
  }
  return { language, events, counts, total, failure };
}

const sameEvent = (a: Execution, b: Execution): boolean => a.pid === b.pid && a.uid === b.uid && a.argv === b.argv;

function expectedCounts(executions: readonly Execution[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { uid } of executions) counts.set(uid, (counts.get(uid) ?? 0) + 1);
  return counts;
}

/** Everything in which a program differs from the workload; empty where it reported exactly what ran. */
export function differences(executions: readonly Execution[], observed: Observed): string[] {
  const found = observed.failure === null ? [] : [observed.failure];
  for (const wanted of executions) {
    if (!observed.events.some((event) => sameEvent(event, wanted))) {
      const near = observed.events.find(({ pid }) => pid === wanted.pid);
      found.push(
        `pid ${wanted.pid} "${clip(wanted.argv)}": ${near === undefined ? "not reported" : `reported as "${clip(near.argv)}", uid ${near.uid}`}`,
      );
    }
  }
  if (observed.events.length > executions.length) found.push(`${observed.events.length} events for ${executions.length} executions`);
  for (const [uid, count] of expectedCounts(executions)) {
    if (observed.counts.get(uid) !== count) found.push(`uid ${uid}: counted ${observed.counts.get(uid) ?? "nothing"}, executed ${count}`);
  }
  if (observed.total !== executions.length) found.push(`total ${observed.total}, executed ${executions.length}`);
  return found;
}

const clip = (text: string): string => ([...text].length > 32 ? `${[...text].slice(0, 31).join("")}…` : text);

/** The decoded events, one row each, with a column for each language. */
export function renderTable(executions: readonly Execution[], observations: readonly Observed[]): string {
  const rows = executions.map((wanted) => [
    String(wanted.pid),
    String(wanted.uid),
    clip(wanted.argv),
    ...observations.map(({ events }) => (events.some((event) => sameEvent(event, wanted)) ? "same" : "-")),
  ]);
  const counts = [...expectedCounts(executions)].map(([uid, count]) => [
    "",
    String(uid),
    `executions counted: ${count}`,
    ...observations.map((observed) => String(observed.counts.get(uid) ?? "-")),
  ]);
  const total = ["", "", `in all: ${executions.length}`, ...observations.map((observed) => String(observed.total))];
  return layOut([["PID", "UID", "ARGV", ...observations.map(({ language }) => language)], ...rows, ...counts, total]);
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
