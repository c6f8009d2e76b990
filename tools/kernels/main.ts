import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetchKernel, kernels, runInGuest } from "@lbc/kernels";
import { probes } from "./probes.ts";
import { type Language, languages, readReport } from "./report.ts";
import { script } from "./suites.ts";
import { details, type KernelResult, type Outcome, resultTable } from "./table.ts";
import { whole } from "./whole.ts";

const usage = `usage: npm run kernels -- [--whole] [--lang LANGUAGE…] [VERSION… | all] [-- COMMAND]

Boots Debian's kernels in QEMU and runs COMMAND on each as root, on the host's files (what it writes is thrown away).
Without a COMMAND it runs the tests of all five runtimes that need kprobe, fentry and fexit, and prints which passed where.
--whole          every test of the runtimes instead, with what failed and why tests were skipped; an hour and more for each kernel
--lang LANGUAGE  the tests of these runtimes alone: ${languages.join(", ")}
Versions: ${Object.keys(kernels).join(", ")}`;

interface Settings {
  readonly versions: readonly string[];
  readonly whole: boolean;
  readonly languages: readonly Language[];
  readonly command: string | null;
}

/** Null where the words ask for the usage, or make no sense. */
function readWords(words: readonly string[]): Settings | null {
  const split = words.indexOf("--");
  const { values, positionals } = parseArgs({
    args: split === -1 ? [...words] : words.slice(0, split),
    options: { whole: { type: "boolean", default: false }, lang: { type: "string", multiple: true, default: [] } },
    allowPositionals: true,
    strict: false,
  });
  const isKnown = (name: unknown): name is Language => languages.some((language) => language === name);
  const chosen = values.lang as readonly unknown[];
  const isUnderstood = Object.keys(values).every((name) => name === "whole" || name === "lang") && chosen.every(isKnown);
  if (!isUnderstood || positionals.some((version) => version !== "all" && kernels[version] === undefined)) return null;
  return {
    versions: positionals.length === 0 || positionals.includes("all") ? Object.keys(kernels) : positionals,
    whole: values.whole === true,
    languages: chosen.length === 0 ? languages : chosen.filter(isKnown),
    command: split === -1 ? null : words.slice(split + 1).join(" "),
  };
}

const words = process.argv.slice(2);
const settings = readWords(words);
if (settings === null) {
  console.log(usage);
  process.exit(words.includes("--help") ? 0 : 2);
}

/** Emulated, a test takes up to fifty times as long; a guest that hangs ends all the same. */
const secondsEach = settings.whole ? 2400 : 600;
const suites = (settings.whole ? whole : probes).filter(({ language }) => settings.languages.includes(language));
const command = settings.command ?? (await script(suites, secondsEach));
const timeoutSeconds = settings.whole ? secondsEach * suites.length : 900;

async function outcome(language: Language, output: string): Promise<Outcome> {
  const read = (name: string): Promise<string | null> => readFile(join(output, name), "utf8").catch(() => null);
  const [code, log] = [await read(`${language}.code`), await read(`${language}.log`)];
  return {
    exitCode: code === null ? null : Number(code),
    report: settings?.whole === true && log !== null ? readReport[language](log) : null,
  };
}

const results: KernelResult[] = [];
for (const version of settings.versions) {
  const kernel = await fetchKernel(version);
  console.log(`kernels: ${kernel.release} boots`);
  const output = await mkdtemp(join(tmpdir(), "lbc-kernels-"));
  try {
    const { exitCode, seconds } = await runInGuest(kernel, {
      ...{ command: `cd '${process.cwd()}'\n${command}\n`, output, passOn: true, timeoutSeconds },
      // Compilers and all of Node's tests need more than its usual memory.
      ...(settings.whole ? { memoryMegabytes: 3072 } : {}),
    });
    const outcomes = new Map<Language, Outcome>();
    if (settings.command === null) for (const { language } of suites) outcomes.set(language, await outcome(language, output));
    results.push({ release: kernel.release, outcomes, exitCode, seconds });
    console.log(`kernels: ${kernel.release} ended with ${exitCode ?? "no exit code"} after ${seconds.toFixed(1)} s`);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
console.log(`\n${resultTable(results)}\n${details(results)}`.trimEnd());
process.exitCode = results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
