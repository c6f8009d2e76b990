import { execa } from "execa";

/** The lines that a program prints; they may be many. */
export async function outputLines(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const { stdout } = await execa(program, args, { env, maxBuffer: 2 ** 30 });
  return stdout.split("\n");
}
