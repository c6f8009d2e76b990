import type { Language, Report } from "./report.ts";

/** What the tests of one language gave on one kernel. */
export interface Outcome {
  /** Null where the guest ended before it. */
  readonly exitCode: number | null;
  /** Null where nobody counted. */
  readonly report: Report | null;
}

/** What one kernel gave. */
export interface KernelResult {
  /** `uname -r` of it. */
  readonly release: string;
  /** By language; empty where only a command was run. */
  readonly outcomes: ReadonlyMap<Language, Outcome>;
  /** Of all; null where the guest ended without one. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** A row for each kernel, a column for each language where their tests were run. */
export function resultTable(results: readonly KernelResult[]): string {
  const languages = [...(results[0]?.outcomes.keys() ?? [])];
  const rows = results.map(({ release, outcomes, exitCode, seconds }) => [
    release,
    ...languages.map((language) => cell(outcomes.get(language))),
    exitCode === null ? "none" : `${exitCode}`,
    seconds.toFixed(0),
  ]);
  const table = [["kernel", ...languages, "exit code", "seconds"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `12 passed, 3 skipped`. */
function cell(outcome: Outcome | undefined): string {
  const passed = outcome?.exitCode === 0;
  const report = outcome?.report ?? null;
  if (report === null) return passed ? "passed" : "FAILED";
  const counts = [
    ...(passed ? [] : [`FAILED ${report.failed.length}`]),
    `${report.passed} passed`,
    ...(report.skipped.length === 0 ? [] : [`${report.skipped.length} skipped`]),
  ];
  return counts.join(", ");
}

/** The names of what failed and the reasons of what was skipped, for each kernel and language; empty where there are none. */
export function details(results: readonly KernelResult[]): string {
  const lines: string[] = [];
  for (const { release, outcomes } of results) {
    for (const [language, { report }] of outcomes) {
      const failed = (report?.failed ?? []).map((name) => `  FAILED ${name}`);
      const reasons = Map.groupBy(report?.skipped ?? [], (reason) => reason);
      const skipped = [...reasons].map(([reason, all]) => `  skipped ${all.length}: ${reason}`);
      if (failed.length + skipped.length > 0) lines.push(`${release}, ${language}`, ...failed, ...skipped);
    }
  }
  return lines.join("\n");
}
