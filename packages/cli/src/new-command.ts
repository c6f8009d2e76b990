import { nearest, type ProjectLanguage, projectLanguages, type Template, templateNames, templates } from "@lbc/new/info";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "./io.ts";
import type { ExitCode } from "./report.ts";

interface NewWords {
  readonly lang?: ProjectLanguage;
  readonly template: Template;
}

/** Adds `lbc new` to the command line. */
export function addNew(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const list = templateNames.map((name) => `  ${name.padEnd(11)}${templates[name].description.toLowerCase()}`).join("\n");
  program
    .command("new")
    .summary("make a project: a BPF program and the program that reads it")
    .description("Makes a project in a folder of its own: a BPF program, a program that reads it, a test and a build that makes the SDK.")
    .argument("<NAME>", "name of the project and its folder; Go takes a module path, TypeScript a name with a scope")
    .addOption(new Option("-l, --lang <LANGUAGE>", projectLanguages.join(", ")).argParser(parseLanguage))
    .addOption(
      new Option("-t, --template <TEMPLATE>", templateNames.join(", ")).argParser((word) => choiceOf(word, templateNames)).default("trace"),
    )
    .addHelpText("after", `\nTemplates:\n${list}`)
    .action(async (name: string, { lang, template }: NewWords) => {
      if (lang === undefined) program.error(`error: --lang is missing: name one of ${projectLanguages.join(", ")}`);
      const { newProject } = await import("./new.ts");
      finish(await newProject({ name, language: lang, template }, io));
    });
}

/** What people call the languages. */
const shorthand: Readonly<Record<string, ProjectLanguage>> = {
  ts: "typescript",
  js: "typescript",
  node: "typescript",
  py: "python",
  rs: "rust",
  golang: "go",
};

function parseLanguage(word: string): ProjectLanguage {
  const meant = shorthand[word.toLowerCase()];
  if (meant !== undefined) throw new InvalidArgumentError(`Did you mean ${meant}?`);
  return choiceOf(word, projectLanguages);
}

function choiceOf<Choice extends string>(word: string, choices: readonly Choice[]): Choice {
  const exact = choices.find((choice) => choice === word);
  if (exact !== undefined) return exact;
  const near = nearest(word, choices);
  throw new InvalidArgumentError(near === undefined ? `"${word}" is none of ${choices.join(", ")}.` : `Did you mean ${near}?`);
}
