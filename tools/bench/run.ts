import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../paths.ts";
import { withHeaders } from "./bcc.ts";
import { median } from "./measure.ts";

const runs = 5;
/** The longest that anything takes to print its first event. */
const patience = { milliseconds: 60_000 };

/** A tool that shows something as it happens. */
interface Subject {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Makes it happen; by default `true` is executed. */
  readonly cause?: () => void;
  /** What the line of it has. */
  readonly shows?: RegExp;
}

interface Row {
  readonly name: string;
  /** In milliseconds: from its start to the first event that it printed. */
  readonly first: number | null;
  readonly median: number | null;
  /** What it said where it printed none. */
  readonly error: string | null;
}

/** `lbc run` of execsnoop until it prints its first event: with an empty cache, with a changed source, and with nothing to compile. */
export async function benchRun(json: boolean): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-run-"));
  try {
    const rows: Row[] = [];
    for (const subject of subjects(scratch)) rows.push(await measureSubject(subject));
    if (json) {
      console.log(JSON.stringify(rows, null, 2));
      return;
    }
    console.log(`from the start to the first event printed, ms (median of ${runs} after the first)\n`);
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const { name, first, median: middle, error } of rows)
      console.log(`${name.padEnd(width)}  ${error ?? `${first?.toFixed(0).padStart(5)}  ${middle?.toFixed(0).padStart(5)}`}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function subjects(scratch: string): Subject[] {
  const lbc = [process.execPath, join(root, "packages/cli/bin/lbc.js"), "run", join(root, "examples/execsnoop/execsnoop.bpf.c")];
  const env = { NODE_OPTIONS: "" };
  const oneLiner = 'tracepoint:syscalls:sys_enter_execve { printf("%d %s\\n", pid, str(args->filename)); }';
  return [
    { name: "lbc run, empty cache", argv: ["sh", "-c", `XDG_CACHE_HOME=${scratch}/$$ exec "$@"`, "sh", ...lbc], env },
    // A macro that differs each time keeps a build from being found, and leaves vmlinux.h where it is.
    { name: "lbc run, changed source", argv: ["sh", "-c", 'exec "$@" -D "RUN=$$"', "sh", ...lbc], env },
    { name: "lbc run, cached", argv: lbc, env },
    {
      name: "lbc run -e, cached",
      argv: [...lbc.slice(0, 3), "-e", "tracepoint:syscalls:sys_enter_execve { emit(pid, str(args->filename)); }"],
      env,
    },
    { name: "bpftrace -e", argv: ["bpftrace", "-e", oneLiner] },
    { name: "BCC's execsnoop", argv: withHeaders("execsnoop-bpfcc"), env: { PYTHONUNBUFFERED: "1" } },
    // Where the kernel has no kprobes it refuses the one above; this one has a tracepoint.
    {
      name: "BCC's tcpstates",
      argv: withHeaders("tcpstates-bpfcc"),
      env: { PYTHONUNBUFFERED: "1" },
      cause: connectToNobody,
      shows: /SYN_SENT/,
    },
  ];
}

const executeTrue = (): void => void spawn("true", { stdio: "ignore" });
/** Nothing listens on port 1. */
const connectToNobody = (): void => void connect(1, "127.0.0.1").on("error", () => undefined);

async function measureSubject(subject: Subject): Promise<Row> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const time = await untilFirstEvent(subject);
    if (typeof time === "string") return { name: subject.name, first: null, median: null, error: time };
    times.push(time);
  }
  const [first = Number.NaN, ...rest] = times;
  return { name: subject.name, first, median: median(rest), error: null };
}

/** In milliseconds, or what it said where it ended before. */
async function untilFirstEvent({ argv, env, cause = executeTrue, shows = /\btrue\b/ }: Subject): Promise<number | string> {
  const started = performance.now();
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let [out, err] = ["", ""];
  let time: number | null = null;
  child.on("error", (error) => {
    err += error.message;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (time === null && shows.test(out)) time = performance.now() - started;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  while (time === null && isRunning(child) && performance.now() - started < patience.milliseconds) {
    cause();
    await delay(20);
  }
  if (isRunning(child)) {
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  }
  return time ?? (err.trim().split("\n").at(-1) || `printed nothing in ${patience.milliseconds / 1000} s`);
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean => pid !== undefined && exitCode === null && signalCode === null;
