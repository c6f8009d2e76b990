import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** One execution that the demo causes, and that every program must report. */
export interface Execution {
  readonly pid: number;
  readonly uid: number;
  /** The first 256 bytes of the arguments, joined by spaces: what execsnoop prints. */
  readonly argv: string;
}

/** Commands with arguments of all kinds: none, many, with spaces, beyond ASCII, and longer than the event has room for. */
const commands: readonly (readonly string[])[] = [
  ["true"],
  ["echo", "hello", "from", "lbc"],
  ["printf", "%s", "one argument with spaces"],
  ["echo", "grüße", "из", "カーネル"],
  ["ls", "-l", "/"],
  ["sh", "-c", ": nothing to do"],
  ["echo", "x".repeat(400)],
  ["env", "-u", "HOME"],
];

/** `nobody`: only root may run commands as somebody else, and then the counts have two keys. */
const otherUid = 65534;

/** A process of its own, so that a filter by parent sees these commands and nothing else. */
export function startWorkload(): ChildProcess {
  return fork(fileURLToPath(import.meta.url), ["run"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** Lets the workload run, and returns what it executed once all of it has ended. */
export async function runWorkload(workload: ChildProcess): Promise<readonly Execution[]> {
  workload.send("go");
  const [executions] = (await once(workload, "message")) as [readonly Execution[]];
  return executions;
}

/** The arguments as the kernel holds them, cut where the event's room ends. */
function asPrinted(argv: readonly string[]): string {
  const bytes = Buffer.from(`${argv.join("\0")}\0`).subarray(0, 256);
  return bytes.toString("utf8").replace(/\0$/, "").replaceAll("\0", " ");
}

async function execute(argv: readonly string[], uid: number): Promise<Execution> {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { stdio: "ignore", ...(uid === process.getuid?.() ? {} : { uid }) });
  await once(child, "exit");
  return { pid: child.pid ?? -1, uid, argv: asPrinted(argv) };
}

if (process.argv[2] === "run" && process.argv[1] === fileURLToPath(import.meta.url)) {
  await once(process, "message");
  const own = process.getuid?.() ?? 0;
  const executions: Execution[] = [];
  for (const [index, argv] of commands.entries()) executions.push(await execute(argv, own === 0 && index % 2 === 1 ? otherUid : own));
  process.send?.(executions);
  process.disconnect();
}
