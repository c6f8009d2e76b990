import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Language, languages, version } from "@lbc/build";
import { ExecaError, execa } from "execa";
import { missingPermission } from "../demo/permission.ts";
import { type Program, start } from "../demo/programs.ts";
import { root, scratch } from "../paths.ts";
import { userEnvironment } from "../release/ecosystems.ts";
import { NpmRegistry } from "../release/npm-registry.ts";
import { pack, packedIn } from "../release/pack.ts";
import { builds, installs, type Workplace } from "./builds.ts";
import { execsnoop } from "./execsnoop.ts";
import { opensnoop } from "./opensnoop.ts";
import { profile } from "./profile.ts";
import { runqlat } from "./runqlat.ts";
import { sockcount } from "./sockcount.ts";
import { tcplife } from "./tcplife.ts";
import type { Tool } from "./tool.ts";
import { xdpdrop } from "./xdpdrop.ts";

const tools: readonly Tool[] = [execsnoop, opensnoop, runqlat, tcplife, profile, sockcount, xdpdrop];

const usage = `usage: npm run examples -- [--lang LANGUAGE]… [--packed FOLDER] [TOOL]…

Builds the tools in examples/ with what was packed, as users do, runs each while something happens that it has to see, and compares what it
shows with what somebody else tells of that: the workload itself, or the kernel's own counters.
  --lang LANGUAGE   ${languages.join(", ")}; all unless told
  --packed FOLDER   what was packed before, instead of packing it now
  TOOL              ${tools.map(({ name }) => name).join(", ")}; all unless told`;

/** Events arrive after they happened: a tool gets as long to print them. */
const eventSeconds = 5;

/** Runs one program while its workload happens. Returns every difference between the two. */
async function watch(tool: Tool, program: Program): Promise<readonly string[]> {
  await using workload = await tool.prepare();
  const running = start(program, workload.args);
  try {
    await running.attached;
    const check = await workload.run();
    const deadline = performance.now() + eventSeconds * 1000;
    while (tool.prints === "events" && performance.now() < deadline && check(running.output(), false).length > 0) await delay(20);
    const failure = await running.stop();
    return [...(failure === null ? [] : [failure]), ...check(running.output())];
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** A copy of what git has of examples/, with npm's packages installed: they bring the command for all languages but Python. */
async function install(home: string, env: Readonly<Record<string, string>>, wanted: readonly Language[]): Promise<Workplace> {
  const folder = join(home, "examples");
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "examples"], { cwd: root });
  for (const file of stdout.split("\n")) await cp(join(root, file), join(home, file));
  const place = { folder, env: { ...env, PATH: [join(folder, "node_modules/.bin"), env["PATH"]].join(delimiter) } };
  await execa("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, env, stdin: "ignore" });
  for (const language of wanted) await installs[language]?.(place, version);
  return place;
}

async function tryExamples(chosen: readonly Tool[], wanted: readonly Language[], packedFolder: string | undefined): Promise<number> {
  const missing = await missingPermission();
  if (missing !== null) throw new Error(missing);
  if (packedFolder === undefined) console.log("examples: building and packing everything that is released");
  const packed = packedFolder === undefined ? await pack(join(scratch, "packed")) : packedIn(packedFolder);
  await using registry = await NpmRegistry.serve(packed.npm);
  const home = await mkdtemp(join(tmpdir(), "lbc-examples-"));
  let failed = 0;
  try {
    const place = await install(home, await userEnvironment(home, packed, registry.url), wanted);
    for (const tool of chosen) {
      for (const language of wanted) {
        const problems = await builds[language](place, tool.name)
          .then((program) => watch(tool, program))
          .catch((error: Error) => [whatFailed(error)]);
        console.log(`examples: ${tool.name} in ${language}: ${problems.length === 0 ? "shows what happened" : "FAILED"}`);
        for (const problem of problems) console.log(`  ${problem}`);
        if (problems.length > 0) failed++;
      }
    }
    return failed === 0 ? 0 : 1;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function whatFailed(error: Error): string {
  return error instanceof ExecaError
    ? `${error.shortMessage}\n${error.stdout ?? ""}\n${error.stderr ?? ""}`
    : (error.stack ?? error.message);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lang: { type: "string", multiple: true }, packed: { type: "string" }, help: { type: "boolean" } },
});
const chosen = tools.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const wanted = languages.filter((language) => values.lang === undefined || values.lang.includes(language));
const isUnderstood =
  positionals.every((name) => tools.some((tool) => tool.name === name)) &&
  (values.lang ?? []).every((name) => languages.some((language) => language === name));
if (values.help || !isUnderstood) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = await tryExamples(chosen, wanted, values.packed);
}
