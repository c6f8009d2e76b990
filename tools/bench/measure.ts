import { execa } from "execa";

/** A whole process, from its start to its end. */
export interface Measurement {
  readonly name: string;
  /** Wall time in milliseconds: of the first run, and the median of the others. */
  readonly first: number;
  readonly median: number;
  /** Largest resident set in megabytes. */
  readonly megabytes: number;
  /** Exit codes other than 0 are printed, so that a tool that fails quickly is not taken for a fast one. */
  readonly exitCode: number;
}

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command once and then `runs` times more. Needs GNU time for the memory. */
export async function measure(command: Command, runs: number): Promise<Measurement> {
  const [measured] = await measureInTurn([command], runs);
  return measured as Measurement;
}

/** Likewise several commands, in turn, so that a machine that is busy for a while slows all of them. */
export async function measureInTurn(commands: readonly Command[], runs: number): Promise<Measurement[]> {
  const all = commands.map((): { times: number[]; megabytes: number; exitCode: number } => ({ times: [], megabytes: 0, exitCode: 0 }));
  for (let run = 0; run <= runs; run++) {
    for (const [index, command] of commands.entries()) {
      const { time, megabytes, exitCode } = await runOnce(command);
      const known = all[index] as (typeof all)[number];
      known.times.push(time);
      known.megabytes = Math.max(known.megabytes, megabytes);
      known.exitCode ||= exitCode;
    }
  }
  return all.map(({ times: [first = Number.NaN, ...rest], megabytes, exitCode }, index) => {
    return { name: commands[index]?.name ?? "", first, median: median(rest), megabytes, exitCode };
  });
}

async function runOnce({ argv, env }: Command): Promise<{ time: number; megabytes: number; exitCode: number }> {
  const started = performance.now();
  const { stderr, exitCode } = await execa("/usr/bin/time", ["-f", "%M", ...argv], {
    reject: false,
    stdin: "ignore",
    stdout: "ignore",
    ...(env === undefined ? {} : { env }),
  });
  const time = performance.now() - started;
  return { time, megabytes: Number(stderr.trim().split("\n").at(-1)) / 1024, exitCode: exitCode ?? 1 };
}

/** The median time of the row that is named: not a number where there is none or its command failed, so that it meets no target. */
export function timeOf(rows: readonly Pick<Measurement, "name" | "median" | "exitCode">[], name: string): number {
  const row = rows.find((one) => one.name === name);
  return row === undefined || row.exitCode !== 0 ? Number.NaN : row.median;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** A row for each measurement; `ratio` is the time against the row that is named. */
export function table(rows: readonly Measurement[], against: string): string {
  const base = rows.find(({ name }) => name === against)?.median ?? Number.NaN;
  const cells = rows.map(({ name, first, median: middle, megabytes, exitCode }) => [
    name,
    first.toFixed(0),
    middle.toFixed(0),
    (middle / base).toFixed(2),
    megabytes.toFixed(0),
    exitCode === 0 ? "" : `exit ${exitCode}`,
  ]);
  const lines = [["", "first ms", "median ms", `/ ${against}`, "MB", ""], ...cells];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
