/** Where a command reads its surroundings and writes its words: the process, or what a test puts in its place. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
  readonly rows?: number;
  /** Whether it holds more than its reader has taken, until "drain" comes. */
  readonly writableNeedDrain?: boolean;
  once?(event: "drain", listener: () => void): unknown;
}

/** Whether to colour what is written there. @see https://no-color.org */
export function usesColor(output: Output, env: Io["env"]): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return output.isTTY === true;
}

/**
 * For work that is done once and takes a tenth of a second: V8's last compiler is left out, which would still be compiling when the work is
 * done, and would be waited for. Only where the process is the command's own and ends with it. To be called once all modules are imported,
 * since V8 takes no code from Node's compile cache that was kept with other flags.
 */
export function compileLightly(io: Io): void {
  if (io === process) process.getBuiltinModule("node:v8").setFlagsFromString("--no-turbofan");
}
