import { type Language, languages } from "@lbc/build/info";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { GenOptions } from "./gen.ts";
import type { Io } from "./io.ts";
import { append, given, parseEvent } from "./option-values.ts";
import type { ExitCode } from "./report.ts";

interface GenWords extends Partial<Omit<GenOptions, "compilation">> {
  readonly btf?: string;
  readonly include?: readonly string[];
  readonly define?: readonly string[];
}

/** Registers `lbc gen`. */
export function addGen(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("gen")
    .summary("make a typed SDK from one or more objects")
    .description(
      "Makes a typed SDK from each object. One language is written into DIR, several each into DIR/LANGUAGE; with several objects, each stands in DIR/NAME.",
    )
    .argument("<OBJECT...>", "compiled BPF objects, or sources (*.c), which are compiled as lbc build does")
    .addOption(new Option("-l, --lang <LANGUAGES>", `${languages.join(", ")} or all, separated by commas`).argParser(parseLanguages))
    .option("-o, --out <DIR>", "the folder to write into; it is made where it is missing")
    .option("-n, --name <NAME>", "name of the SDK: hello for hello.bpf.o by default")
    .addOption(
      new Option("--event <MAP=TYPE>", "type of the events in a ring buffer or perf event array; may be repeated").argParser(parseEvent),
    )
    .addOption(new Option("--type <TYPE>", "a type to emit although nothing uses it; may be repeated").argParser(append))
    .addOption(
      new Option("--types <FILE>", "a C header or an object that has types which the object lacks; may be repeated").argParser(append),
    )
    .option("--btf <FILE>", "for sources and headers: BTF of the kernel to take types from; the running kernel's by default")
    .addOption(new Option("-I, --include <DIR>", "for sources and headers: a folder with headers; may be repeated").argParser(append))
    .addOption(new Option("-D, --define <NAME=VALUE>", "for sources and headers: a macro; may be repeated").argParser(append))
    .addOption(
      new Option("--u64 <TYPE>", "TypeScript's type for integers of 64 bits; numbers throw where they would not be exact")
        .choices(["bigint", "number"] as const)
        .default("bigint" as const),
    )
    .option("--module", "no package manifest: source files for a module of your own package (Rust)")
    .option("--sums <FILE>", "write the sums of your sources there: sha256sum --check FILE tells whether they have changed since")
    .option("--json", "tell what was done, or what was wrong, as JSON")
    .action(async (objects: string[], words: GenWords) => {
      const { lang, out, name, sums, event = {}, type = [], types = [], module = false, u64 = "bigint", json = false } = words;
      const compilation = { includes: words.include ?? [], defines: words.define ?? [], ...given({ btf: words.btf }) };
      // Checked here: commander would complain of these before it looks at a mistyped option, which is the likelier mistake.
      if (lang === undefined) program.error("error: --lang is missing: name one or more languages, or all");
      if (!out) program.error("error: --out is missing: name the folder to write into");
      if (name !== undefined && objects.length > 1) program.error("error: --name is for one object");
      const { gen } = await import("./gen.ts");
      finish(await gen(objects, { lang, out, event, type, types, compilation, module, u64, json, ...given({ name, sums }) }, io));
    });
}

/** `go,rust` or `all`; the order is that of the list of languages. */
function parseLanguages(value: string): Language[] {
  const wanted = new Set(value.split(",").map((word) => word.trim()));
  if (wanted.has("all")) return [...languages];
  for (const word of wanted) {
    if (!languages.some((language) => language === word)) {
      const near = languages.find((language) => word !== "" && (language.startsWith(word) || shorthand[word] === language));
      throw new InvalidArgumentError(near === undefined ? `"${word}" is none of ${languages.join(", ")}, all.` : `Did you mean ${near}?`);
    }
  }
  return languages.filter((language) => wanted.has(language));
}

/** What people call the languages. */
const shorthand: Readonly<Record<string, Language>> = { ts: "typescript", py: "python", rs: "rust", golang: "go" };
