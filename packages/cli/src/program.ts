import { languages, type Target, targets, version } from "@lbc/build/info";
import { Argument, Command, Option } from "commander";
import type { BtfDumpOptions } from "./btf.ts";
import type { BuildCommandOptions } from "./build.ts";
import { completionScript, type Shell, shells } from "./complete.ts";
import type { Io } from "./io.ts";
import { append, given } from "./option-values.ts";
import type { ExitCode } from "./report.ts";
import type { VmlinuxOptions } from "./vmlinux.ts";

const examples = `
Examples:
  $ lbc new hello --lang rust                      a project that traces executions; also --template histogram, …
  $ lbc build hello.bpf.c                          compile a BPF source to hello.bpf.o
  $ lbc run hello.bpf.c                            what it sends, without a line of code; lbc run --help tells of one-liners
  $ lbc test hello.bpf.c --kernels 5.10,6.12       does it load, attach and see events there? in QEMU
  $ lbc inspect hello.bpf.o                        what is in an object
  $ lbc gen hello.bpf.o --lang python --out .      a Python package beside your code; hello.bpf.c does as well
  $ lbc gen hello.bpf.o --lang all --out sdk       all five, in sdk/c, sdk/go …
  $ lbc gen hello.bpf.o --lang go --out hello --event events=event --types event.h
  $ lbc vmlinux -o vmlinux.h                       the running kernel's types as a C header
  $ lbc vmlinux --only task_struct pid_t           some of them

lbc build finds clang, the kernel's types, libbpf's headers and lbc.h; lbc doctor says what is missing. An object that
another build made, with clang -g -O2 -target bpf, will do as well.
Shell completion: source <(lbc complete bash), likewise for zsh; lbc complete fish | source

Exit codes: 0 done, 1 failed, 2 wrong use or bad input.`;

type AddCommand = (program: Command, io: Io, finish: (code: ExitCode) => void) => void;

/** What adds each command to the command line, in the order of the help. */
const commands: Readonly<Record<string, () => AddCommand | Promise<AddCommand>>> = {
  new: async () => (await import("./new-command.ts")).addNew,
  build: () => addBuild,
  run: async () => (await import("./run-command.ts")).addRun,
  test: async () => (await import("./test-command.ts")).addTest,
  gen: async () => (await import("./gen-command.ts")).addGen,
  inspect: () => addInspect,
  btf: () => addBtf,
  vmlinux: () => addVmlinux,
  doctor: () => addDoctor,
  complete: () => addComplete,
};

/**
 * The command line: all of it, unless the first word is a command, which then is the only one. What a command does is imported when it is
 * called.
 */
export async function createProgram(io: Io, finish: (code: ExitCode) => void, word?: string): Promise<Command> {
  const program = new Command("lbc")
    .description("Makes typed SDKs in C, Go, Python, Rust and TypeScript from a compiled BPF object.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(lbc --help shows what can be done)")
    .addHelpText("after", examples)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  // completion is a matter of all commands
  const isAlone = word !== undefined && word !== "complete" && Object.hasOwn(commands, word);
  for (const [name, adder] of Object.entries(commands)) if (!isAlone || name === word) (await adder())(program, io, finish);
  return program;
}

function addBuild(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("build")
    .summary("compile BPF sources to an object")
    .description(
      "Compiles a BPF source to an object with BTF, for the types of the running kernel. Several sources, and objects among them, are linked into one.",
    )
    .argument("<FILE...>", "BPF sources (*.c), or objects to link with them")
    .option("-o, --output <FILE>", "where to write the object: hello.bpf.o in this folder for hello.bpf.c by default")
    .addOption(new Option("--target <MACHINE>", "the machine that it is for; this one by default").choices(targets))
    .option("--btf <FILE>", "BTF of the kernel to take types from; the running kernel's by default")
    .addOption(new Option("-I, --include <DIR>", "a folder with headers; may be repeated").argParser(append))
    .addOption(new Option("-D, --define <NAME=VALUE>", "a macro for the preprocessor; may be repeated").argParser(append))
    .option("--json", "tell what was done, or what was wrong, as JSON")
    .action(async (files: string[], words: BuildWords) => {
      const { output, target, btf, include = [], define = [], json = false } = words;
      if (files.length > 1 && output === undefined)
        program.error("error: --output is missing: several files are linked into one object; name it, or build them one by one");
      const { build } = await import("./build.ts");
      const options: BuildCommandOptions = { includes: include, defines: define, json };
      finish(await build(files, { ...options, ...given({ output, target, btf }) }, io));
    });
}

interface BuildWords {
  readonly output?: string;
  readonly target?: Target;
  readonly btf?: string;
  readonly include?: readonly string[];
  readonly define?: readonly string[];
  readonly json?: boolean;
}

function addInspect(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("inspect")
    .summary("show what is in an object")
    .description("Shows an object's programs, maps, globals and types with their offsets.")
    .addArgument(new Argument("<OBJECT>", "a compiled BPF object"))
    .option("--json", "print the layout as JSON")
    .action(async (object: string, { json = false }: { readonly json?: boolean }) => {
      const { inspect } = await import("./inspect.ts");
      finish(await inspect(object, { json }, io));
    });
}

function addDoctor(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("doctor")
    .summary("tell what is missing to build and to load")
    .description("Tells what is there to build and to load with, what is missing and how to get it, and what the running kernel knows.")
    .option("--json", "tell it as JSON")
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { doctor } = await import("./doctor.ts");
      finish(await doctor(json, io));
    });
}

function addBtf(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const btf = program.command("btf").summary("look at type information").description("Looks at BTF, the type information of BPF.");
  btf
    .command("dump")
    .summary("print types")
    .description(
      "Prints the types of an object, a kernel module or a BTF file such as /sys/kernel/btf/vmlinux: as a C header that clang lays out as the BTF says, or raw, with their numbers, as bpftool does.",
    )
    .addArgument(new Argument("<FILE>", "an ELF file with a section .BTF, or a BTF file"))
    .addOption(new Option("-f, --format <FORMAT>", "how to print them").choices(["c", "raw"]).default("raw"))
    .option("-B, --base <FILE>", "the kernel's BTF, for that of a module")
    .action(async (file: string, options: BtfDumpOptions) => {
      const { dumpBtf } = await import("./btf.ts");
      finish(await dumpBtf(file, options, io));
    });
}

function addVmlinux(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("vmlinux")
    .summary("print the kernel's types as a C header")
    .description("Prints the types of the running kernel, or of a BTF file, as a C header (vmlinux.h).")
    .option("--btf <FILE>", "a BTF file, or an ELF file with a section .BTF; the running kernel's by default")
    .option("-o, --output <FILE>", "the file to write; standard output by default")
    .option("--only <TYPE...>", "only these types and what they contain; what they point to is declared")
    .action(async (options: VmlinuxOptions) => {
      const { vmlinux } = await import("./vmlinux.ts");
      finish(await vmlinux(options, io));
    });
}

function addComplete(program: Command, io: Io): void {
  program
    .command("complete")
    .summary("print a script for shell completion")
    .description("Prints a script that completes this command's words in a shell.")
    .addArgument(new Argument("<SHELL>", "the shell").choices(shells))
    .action((shell: Shell) => {
      const words = [...languages, "all"];
      io.stdout.write(completionScript(shell, program, { "--lang": words, "-l": words, "--target": targets }));
    });
}
