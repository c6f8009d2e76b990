import { type Command, Option } from "commander";
import type { Io } from "./io.ts";
import { append, parseEvent } from "./option-values.ts";
import type { ExitCode } from "./report.ts";
import type { RunOptions } from "./run/index.ts";

const examples = `
Examples:
  $ lbc run execsnoop.bpf.c                        events as rows, maps as tables and histograms
  $ lbc run execsnoop.bpf.o --set target_ppid=1 --duration 5s --json
  $ lbc run -e 'tracepoint:syscalls:sys_enter_openat { emit(pid, comm, str(args->filename)); }'
  $ lbc run -e 'tracepoint:raw_syscalls:sys_enter { count(comm); }'
  $ lbc run -e 'tracepoint:syscalls:sys_exit_read /args->ret > 0/ { hist(args->ret, comm); }'
  $ lbc run -e 'profile:hz:99 { count(kstack); }' --duration 10s
  $ lbc run -e 'uprobe:libc.so.6:malloc { hist(arg0); }'
  $ lbc run --list 'tracepoint:*open*'             what can be hooked into

A one-liner is HOOK, … /condition/ { C statements }. Hooks: tracepoint, tp_btf, fentry, fexit, kprobe, kretprobe, uprobe,
uretprobe, profile, interval, software, hardware, BEGIN, END. Variables: pid, tid, uid, gid, comm, cpu, nsecs, cgroup,
task, kstack, ustack, probe, args->NAME, arg0 …, retval, ctx. Helpers: emit, count, sum, min, max, avg, hist, lhist, put,
get, take, same, str, exit. docs/run.md describes them.`;

interface RunWords {
  readonly expression?: readonly string[];
  readonly set?: readonly string[];
  readonly attach?: readonly string[];
  readonly event?: Readonly<Record<string, string>>;
  readonly include?: readonly string[];
  readonly define?: readonly string[];
  readonly duration?: string;
  readonly interval?: string;
  readonly top?: string;
  readonly clear?: boolean;
  readonly json?: boolean;
  readonly printSource?: boolean;
  readonly list?: string;
  readonly verbose?: boolean;
}

/** Registers `lbc run`. */
export function addRun(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("run")
    .summary("run a source, an object or a one-liner, and show what it sends")
    .description(
      "Builds, loads and attaches a BPF program, and shows what arrives without a line of code: events as rows, tables, histograms, stacks, and what bpf_printk() prints. Ctrl-C ends it.",
    )
    .argument("[FILE...]", "a BPF source (*.c) or an object; several are linked into one")
    .addOption(new Option("-e, --expression <TEXT>", "a one-liner in place of a file; may be repeated").argParser(append))
    .addOption(new Option("--set <NAME=VALUE>", "a global, set before load; may be repeated").argParser(append))
    .addOption(
      new Option("--attach <PROGRAM=TARGET>", "where to attach what names no target: xdp_drop=eth0; may be repeated").argParser(append),
    )
    .addOption(new Option("--event <MAP=TYPE>", "type of a map's events, where the object does not tell it").argParser(parseEvent))
    .option("--duration <TIME>", "end after 5s, 500ms, 2m")
    .option("--interval <TIME>", "show maps as often; on a terminal every second, elsewhere at the end")
    .option("--top <COUNT>", "show as many entries of each map, the largest")
    .option("--clear", "let maps begin anew after each look: rates in place of totals")
    .addOption(new Option("-I, --include <DIR>", "a folder with headers; may be repeated").argParser(append))
    .addOption(new Option("-D, --define <NAME=VALUE>", "a macro for the preprocessor; may be repeated").argParser(append))
    .option("--json", "print JSON lines")
    .option("--print-source", "print the C that a one-liner becomes, and run nothing")
    .option("--list <PATTERN>", "list what can be hooked into; of a single hook its arguments as well")
    .option("-v, --verbose", "print the verifier's whole log where it refuses a program")
    .addHelpText("after", examples)
    .action(async (files: string[], words: RunWords) => {
      const { json = false, list } = words;
      if (list !== undefined) {
        const { listHooks } = await import("./run/list.ts");
        finish(listHooks(list, json, io));
        return;
      }
      const options = runOptions(words);
      if (files.length === 0 && options.expressions.length === 0) program.error("error: name a FILE, or give a one-liner with -e");
      if (files.length > 0 && options.expressions.length > 0) program.error("error: give either FILEs or one-liners with -e");
      if (options.printSource && options.expressions.length === 0) program.error("error: --print-source is for one-liners (-e)");
      const { run } = await import("./run/index.ts");
      finish(await run(files, options, io));
    });
}

function runOptions(words: RunWords): RunOptions {
  const { duration, interval, top } = words;
  return {
    expressions: words.expression ?? [],
    settings: words.set ?? [],
    attach: words.attach ?? [],
    events: words.event ?? {},
    includes: words.include ?? [],
    defines: words.define ?? [],
    clear: words.clear ?? false,
    json: words.json ?? false,
    printSource: words.printSource ?? false,
    verbose: words.verbose ?? false,
    ...(duration === undefined ? {} : { duration }),
    ...(interval === undefined ? {} : { interval }),
    ...(top === undefined ? {} : { top }),
  };
}
