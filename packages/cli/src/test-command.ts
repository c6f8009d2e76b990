import { type Command, Option } from "commander";
import type { Io } from "./io.ts";
import { append } from "./option-values.ts";
import type { ExitCode } from "./report.ts";

const examples = `
Examples:
  $ lbc test hello.bpf.c                           on the running kernel
  $ lbc test . --kernels 5.10,6.1,6.12             the sources of this folder on Debian's kernels
  $ lbc test hello.bpf.o --kernels all --require-events -- ls /
  $ lbc test hello.bpf.o --kernel arch/x86/boot/bzImage --modules lib/modules/6.17.0 --junit result.xml

Kernels are downloaded once (about 100 MB each) and boot in QEMU, with this machine's files as they are now: COMMAND
runs there as root in this folder and environment, and what it writes is thrown away. LBC_KVM=1 takes KVM in place of software emulation.`;

interface TestWords {
  readonly kernels?: readonly string[];
  readonly kernel?: readonly string[];
  readonly modules?: string;
  readonly duration: string;
  readonly timeout: string;
  readonly requireEvents?: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

/** Registers `lbc test`. */
export function addTest(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("test")
    .summary("try a program on other kernels")
    .description(
      "Tells whether a BPF program loads, attaches and sees events: on the running kernel, on Debian's, or on your own, with the verifier's words where it does not.",
    )
    .argument("<PROGRAM>", "an object, a BPF source (*.c), or a folder with BPF sources")
    .argument("[COMMAND...]", "after --: what to run while the programs are attached; it has to end with 0")
    .addOption(new Option("-k, --kernels <VERSIONS>", "5.10, 6.1, 6.12, 7.2 or all, separated by commas").argParser(parseVersions))
    .addOption(new Option("--kernel <FILE>", "a kernel image of your own; may be repeated").argParser(append))
    .option("--modules <DIR>", "lib/modules/RELEASE of that kernel, where it does not have 9p, virtio and overlayfs built in")
    .option("--duration <TIME>", "how long to wait for events where there is no COMMAND", "2s")
    .option("--timeout <TIME>", "how long a kernel may run, booting included", "3m")
    .option("--require-events", "fail where a ring buffer or perf event array stays empty")
    .option("--junit <FILE>", "write the result as JUnit XML as well")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examples)
    .action(async (path: string, command: string[], words: TestWords) => {
      const { kernels = [], kernel = [], modules, junit, duration, timeout, requireEvents = false, json = false } = words;
      if (modules !== undefined && kernel.length !== 1) program.error("error: --modules is for one --kernel");
      const { test } = await import("./test/index.ts");
      const paths = { ...(modules === undefined ? {} : { modules }), ...(junit === undefined ? {} : { junit }) };
      finish(await test(path, { kernels, images: kernel, command, duration, timeout, requireEvents, json, ...paths }, io));
    });
}

const parseVersions = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value.split(",").map((word) => word.trim()),
];
