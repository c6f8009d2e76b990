import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { combine, emitSdks, type Language, objectName, readLayout, writeFiles } from "@lbc/build";
import { LbcError } from "@lbc/core";
import { scratch } from "../paths.ts";
import { PeerBtf } from "./bpftool.ts";
import { checkC } from "./check/c.ts";
import { checkGo } from "./check/go.ts";
import { checkPython } from "./check/python.ts";
import { checkRust } from "./check/rust.ts";
import { checkTypeScript } from "./check/typescript.ts";
import type { Checks, Unit } from "./check/unit.ts";
import { compareWithPeer, unreachable } from "./compare.ts";
import { corpusObjects } from "./objects.ts";
import { type Options, parseOptions } from "./options.ts";
import { readRefusals } from "./refusals.ts";

const checks: Checks = { c: checkC, go: checkGo, python: checkPython, rust: checkRust, typescript: checkTypeScript };

/** What became of one object: null where all is well, else why not, by language; `read` stands for all of them. */
interface Outcome {
  readonly name: string;
  readonly problems: Map<Language | "read" | "bpftool", string>;
  readonly refused: string | null;
}

const options = parseOptions(process.argv.slice(2));
process.exitCode = await run(options);

async function run({ objects: folder, languages: chosen, json }: Options): Promise<number> {
  const objects = await corpusObjects(folder);
  // A folder of its own: two runs at a time do not meet. It stays where something was refused.
  const out = join(scratch, "corpus", `out-${process.pid}`);
  const refusals = await readRefusals();
  const outcomes: Outcome[] = [];
  const units = new Map<Language, Unit[]>(chosen.map((language) => [language, []]));
  for (const [index, path] of objects.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\rgenerating ${index + 1}/${objects.length} `);
    outcomes.push(await generateOne(path, unitName(path, objects), chosen, out, units, refusals));
  }
  for (const language of chosen) {
    if (process.stderr.isTTY) process.stderr.write(`\rchecking ${language}        `);
    const folderOf = join(out, language);
    await mkdir(folderOf, { recursive: true });
    const refused = await checks[language](units.get(language) ?? [], folderOf);
    for (const [name, why] of refused) outcomes.find((outcome) => outcome.name === name)?.problems.set(language, why);
  }
  if (process.stderr.isTTY) process.stderr.write("\r                        \r");
  const code = report(outcomes, chosen, json);
  if (code === 0) await rm(out, { recursive: true, force: true });
  else console.error(`corpus: the SDKs are in ${relative(process.cwd(), out)}`);
  return code;
}

/** Objects of one name in different folders get a few digits of their content. */
function unitName(path: string, all: readonly string[]): string {
  const name = objectName(basename(path)).replace(/[^A-Za-z0-9]/g, "_");
  const twins = all.filter((other) => objectName(basename(other)).replace(/[^A-Za-z0-9]/g, "_") === name);
  return twins.length === 1 ? name : `${name}_${createHash("sha256").update(path).digest("hex").slice(0, 6)}`;
}

async function generateOne(
  path: string,
  name: string,
  chosen: readonly Language[],
  out: string,
  units: Map<Language, Unit[]>,
  refusals: ReadonlyMap<string, string>,
): Promise<Outcome> {
  const outcome: Outcome = { name, problems: new Map(), refused: refusals.get(basename(path)) ?? null };
  const bytes = await readFile(path);
  try {
    const read = readLayout(bytes, { name });
    const { layout } = read;
    const differences = layout.types.length === 0 && layout.maps.length === 0 ? [] : compareWithPeer(layout, await PeerBtf.read(path));
    if (differences.length > 0) outcome.problems.set("bpftool", differences.join("; "));
    for (const [language, files] of await emitSdks(bytes, read, { source: basename(path), languages: chosen })) {
      const folder = join(out, language, name);
      await writeFiles(combine(new Map([[language, files]])), folder);
      units.get(language)?.push({ name, folder, layout });
      const text = [...files].map(({ content }) => (typeof content === "string" ? content : "")).join("\n");
      const missing = unreachable(layout, language, text);
      if (missing.length > 0) outcome.problems.set(language, `not reachable: ${missing.join(", ")}`);
    }
  } catch (error) {
    if (!(error instanceof LbcError)) throw error;
    outcome.problems.set("read", `${error.code}: ${error.describe()}`);
  }
  return outcome;
}

function report(outcomes: readonly Outcome[], chosen: readonly Language[], json: boolean): number {
  const wanted = outcomes.filter(({ refused }) => refused === null);
  const isFine = ({ problems }: Outcome, language: Language): boolean =>
    ![language, "read" as const, "bpftool" as const].some((key) => problems.has(key));
  const counts = chosen.map((language) => ({
    language,
    good: wanted.filter((outcome) => isFine(outcome, language)).length,
    all: wanted.length,
  }));
  // A refusal on the list that is none any more is as wrong as one that is not on it.
  const stale = outcomes.filter(({ refused, problems }) => refused !== null && problems.get("read")?.startsWith(`${refused}:`) !== true);
  if (json)
    console.log(
      JSON.stringify(
        { counts, objects: outcomes.map(({ name, problems, refused }) => ({ name, refused, problems: Object.fromEntries(problems) })) },
        null,
        2,
      ),
    );
  else {
    for (const { name, problems, refused } of outcomes) {
      if (refused !== null) console.log(`${name}: refused as listed (${refused})`);
      else for (const [where, why] of problems) console.log(`${name}: ${where}: ${why.slice(0, 300)}`);
    }
    for (const { name, refused } of stale) console.log(`${name}: is on the list of refusals as ${refused}, and is not refused so`);
    for (const { language, good, all } of counts) console.log(`${language} ${good}/${all}`);
  }
  return stale.length === 0 && counts.every(({ good, all }) => good === all && all > 0) ? 0 : 1;
}
