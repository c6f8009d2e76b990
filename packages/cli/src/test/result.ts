/** What became of a program on a kernel. */
export interface ProgramResult {
  readonly name: string;
  readonly section: string;
  /** `loaded`: it names no target to attach to by itself. `off`: its autoload is off. */
  readonly state: "attached" | "loaded" | "off" | "refused" | "not-attached";
  /** What the kernel, or the runtime, said; null where nothing was wrong. */
  readonly problem: string | null;
}

/** What a ring buffer or perf event array delivered. */
export interface StreamResult {
  readonly map: string;
  readonly events: number;
  readonly lost: number;
}

/** What the user's command ended with, while the programs were attached. */
export interface CommandResult {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  /** The last lines of what it printed. */
  readonly output: string;
}

/** What one kernel makes of an object. */
export interface KernelResult {
  /** As `uname -r` tells it. */
  readonly kernel: string;
  readonly programs: readonly ProgramResult[];
  readonly streams: readonly StreamResult[];
  readonly command: CommandResult | null;
  /** What kept the object as a whole from loading, or the kernel from running; null where nothing did. */
  readonly problem: string | null;
}

/** One thing that can pass or fail on a kernel. */
export interface Check {
  readonly name: string;
  /** null where it passed. */
  readonly failure: string | null;
}

/** The checks of a kernel: each program, each stream where events are required, the command, and the object as a whole. */
export function checksOf({ programs, streams, command, problem }: KernelResult, requireEvents: boolean): Check[] {
  const checks: Check[] = [];
  if (problem !== null) checks.push({ name: "the object", failure: problem });
  for (const { name, section, state, problem: said } of programs) {
    if (state !== "off") checks.push({ name: `${name} (${section})`, failure: said });
  }
  if (requireEvents && problem === null) {
    for (const { map, events } of streams) checks.push({ name: `events of ${map}`, failure: events === 0 ? "no event came" : null });
  }
  if (command !== null) checks.push({ name: "the command", failure: commandFailure(command) });
  return checks;
}

function commandFailure({ exitCode, output }: CommandResult): string | null {
  if (exitCode === 0) return null;
  return [exitCode === null ? "a signal ended it" : `it ended with ${exitCode}`, output].filter((text) => text !== "").join("\n");
}
