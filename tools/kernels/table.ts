/** What the tests of one kernel gave. */
export interface KernelResult {
  /** `uname -r` of it. */
  readonly release: string;
  /** Languages whose tests passed; null where only a command was run. */
  readonly passed: readonly string[] | null;
  /** Of all; null where the guest ended without one. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** A row for each kernel, a column for each language where their tests were run. */
export function resultTable(results: readonly KernelResult[], languages: readonly string[]): string {
  const columns = results.some(({ passed }) => passed !== null) ? languages : [];
  const rows = results.map(({ release, passed, exitCode, seconds }) => [
    release,
    ...columns.map((language) => (passed?.includes(language) === true ? "passed" : "FAILED")),
    exitCode === null ? "none" : `${exitCode}`,
    seconds.toFixed(0),
  ]);
  const table = [["kernel", ...columns, "exit code", "seconds"], ...rows];
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
