import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kernel, runInGuest } from "@lbc/kernels";
import type { KernelResult } from "./result.ts";
import type { Subject } from "./subject.ts";

export interface GuestTestOptions {
  readonly command: readonly string[];
  /** In milliseconds. */
  readonly duration: number;
  /** How long the kernel may run, booting included, in seconds. */
  readonly timeout: number;
}

/** How many lines of the console tell why a kernel gave no result. */
const consoleLines = 12;

/** The same test on another kernel, in QEMU: this command runs there on the host's files. Throws KernelsError. */
export async function testInGuest(kernel: Kernel, { object, layout }: Subject, options: GuestTestOptions): Promise<KernelResult> {
  const folder = await mkdtemp(join(tmpdir(), "lbc-test-"));
  try {
    const file = join(folder, `${layout.object.name}.bpf.o`);
    await writeFile(file, object);
    const words = [...thisCommand(), "test", file, "--json", "--duration", `${options.duration}ms`];
    if (options.command.length > 0) words.push("--", ...options.command);
    const command = [`cd ${quoted(process.cwd())}`, ...environment(), `${words.map(quoted).join(" ")} >/run/out/result.json`, ""].join(
      "\n",
    );
    const guest = await runInGuest(kernel, { command, output: folder, timeoutSeconds: options.timeout });
    const [result] = resultsIn(await readFile(join(folder, "result.json"), "utf8").catch(() => ""));
    return result ?? noResult(kernel, guest.console, guest.exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How the shell would call this very command. */
const thisCommand = (): string[] => [process.execPath, ...process.execArgv, process.argv[1] ?? ""];

/** The guest's shell has only what its init sets. */
const environment = (): string[] =>
  Object.entries(process.env)
    .filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
    .map(([name, value]) => `export ${name}=${quoted(value ?? "")}`);

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function resultsIn(text: string): KernelResult[] {
  if (text.trim() === "") return [];
  return (JSON.parse(text) as { readonly kernels: KernelResult[] }).kernels;
}

function noResult({ release }: Kernel, console: string, exitCode: number | null): KernelResult {
  const said = console.trimEnd().split(/\r?\n/).slice(-consoleLines).join("\n");
  const what = exitCode === null ? "the kernel ended without a result, or ran out of time" : `the test ended with ${exitCode}`;
  return { kernel: release, programs: [], streams: [], command: null, problem: said === "" ? what : `${what}; its last words:\n${said}` };
}
