import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { type Language, languages } from "@lbc/build";
import { type Template, templateNames } from "@lbc/new/info";
import { ExecaError } from "execa";
import { missingPermission } from "../demo/permission.ts";
import { scratch } from "../paths.ts";
import { habits, userEnvironment } from "./ecosystems.ts";
import { checks } from "./new-checks.ts";
import { Newcomer } from "./newcomer.ts";
import { NpmRegistry } from "./npm-registry.ts";
import { pack, packedIn } from "./pack.ts";

/** From nothing to a program that shows what the kernel does. */
const promise = { commands: 3, seconds: 120 };

const usage = `usage: npm run try-new -- [--template NAME]… [--all] [--timed] [--packed FOLDER] [LANGUAGE]…

Makes projects with what was packed, as a newcomer does: in an empty folder, by the commands that lbc new tells. Runs each one, builds it
again without lbc, changes its BPF source, builds it again with lbc, and runs its test.
  --template NAME   ${templateNames.join(", ")}; trace unless told
  --all             every template
  --timed           one project at a time, none of which may take more than ${promise.seconds} s from nothing to its first output
  --packed FOLDER   what was packed before, instead of packing it now
  LANGUAGE          ${languages.join(", ")}; all unless told`;

/** As many projects are tried at a time where their time is not taken: most of it they wait for a disk or a network. */
const atATime = 2;
/** Of what a program prints. */
const shownLines = 5;
const shownColumns = 110;

/** Appended to a BPF source: the skeleton must have it then, in the language's own spelling. */
const change = { code: "LBC_CONFIG(u32, since_the_change, 1);\n", name: "sincethechange" };

interface Setting {
  /** Where the projects stand. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timed: boolean;
}

class TryOut {
  /** What there is to say about it, together, as others are tried at the same time. */
  readonly report: string[] = [];
  readonly #language: Language;
  readonly #template: Template;
  readonly #user: Newcomer;
  /** One more folder of programs: that of lbc. */
  readonly #withLbc: Newcomer;
  readonly #folder: string;
  readonly #setting: Setting;

  constructor(language: Language, template: Template, setting: Setting) {
    this.#language = language;
    this.#template = template;
    this.#setting = setting;
    this.#user = new Newcomer(setting.env);
    this.#withLbc = this.#user.with({ PATH: [join(setting.home, "lbc/bin"), setting.env["PATH"]].join(delimiter) });
    this.#folder = join(setting.home, `${language}-${template}`);
  }

  async run(): Promise<void> {
    await this.#fromNothing();
    await this.#unchanged();
    await this.#changed();
    await this.#withLbc.type(habits[this.#language].test, this.#project);
    this.#say("builds without lbc, makes its skeleton again after a change, and passes its test");
  }

  get #project(): string {
    return join(this.#folder, "hello");
  }

  async #fromNothing(): Promise<void> {
    const { make, run } = habits[this.#language];
    const check = checks[this.#template];
    await mkdir(this.#folder);
    let told = "";
    for (const command of make(`hello --lang ${this.#language} --template ${this.#template}`))
      told = await this.#user.type(command, this.#folder);
    const [build = "", start = ""] = [...told.matchAll(/^ {2}(?:cd hello && |sudo )(.*)$/gm)].map(([, command]) => command);
    if (run === undefined) await this.#user.type(build, this.#project);
    const shown = await this.#user.watch(`${run ?? start} ${check.words(this.#language)}`, this.#project, check);
    this.#keepPromise(shown);
    if (check.manyLines) await this.#unread(`${run ?? start} ${check.words(this.#language)}`);
    if (run !== undefined) await this.#user.type(build, this.#project);
  }

  #keepPromise(shown: string): void {
    const { steps } = this.#user;
    const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
    this.#say(`${steps.length} commands, ${seconds.toFixed(1)} s from nothing to the first output`);
    for (const step of steps) this.report.push(`  ${step.seconds.toFixed(1).padStart(5)} s  $ ${step.command}`);
    for (const line of shown.trimEnd().split("\n").slice(0, shownLines)) this.report.push(`           ${line.slice(0, shownColumns)}`);
    if (steps.length > promise.commands) throw new Error(`more than ${promise.commands} commands`);
    if (this.#setting.timed && seconds > promise.seconds) throw new Error(`more than ${promise.seconds} s`);
  }

  /** Whose reader ends has nothing more to say. */
  async #unread(command: string): Promise<void> {
    const said = await this.#user.leave(command, this.#project, checks[this.#template]);
    if (/error|exception|traceback|panic|pipe/i.test(said)) throw new Error(`"${command} | head -n 1" says:\n${said}`);
  }

  /** New times and the same content, as in a fresh clone: a build needs no lbc, and there is none. */
  async #unchanged(): Promise<void> {
    const before = await this.#skeleton();
    const now = new Date();
    for (const name of await readdir(join(this.#project, "bpf"))) await utimes(join(this.#project, "bpf", name), now, now);
    await this.#withoutLbc((user) => user.type(habits[this.#language].build, this.#project));
    if ((await this.#skeleton()) !== before) throw new Error("a build changed the skeleton of an unchanged source");
  }

  async #changed(): Promise<void> {
    const [source = ""] = await readdir(join(this.#project, "bpf"));
    await appendFile(join(this.#project, "bpf", source), change.code);
    const refused = await this.#withoutLbc((user) => user.type(habits[this.#language].build, this.#project)).then(
      () => false,
      (error: unknown) => error instanceof ExecaError,
    );
    if (!refused) throw new Error("a build without lbc passed although the source had changed");
    await this.#withLbc.type(habits[this.#language].build, this.#project);
    if (!(await this.#skeleton()).includes(change.name))
      throw new Error("a build left the skeleton as it was although the source had changed");
  }

  /** Takes away what a project itself has of lbc: npm's command, and the wheel with the one for Python. */
  async #withoutLbc<Result>(act: (user: Newcomer) => Promise<Result>): Promise<Result> {
    const own = join(this.#project, "node_modules/.bin/lbc");
    if (this.#language === "typescript") await rename(own, `${own}.away`);
    try {
      return await act(this.#user.with({ PIP_FIND_LINKS: "" }));
    } finally {
      if (this.#language === "typescript") await rename(`${own}.away`, own);
    }
  }

  /** All generated text, with what differs between spellings taken out. */
  async #skeleton(): Promise<string> {
    const texts: string[] = [];
    for (const entry of await readdir(this.#project, { recursive: true, withFileTypes: true })) {
      const inSkeleton = /\/(generated|skel|internal)(\/|$)/.test(entry.parentPath) && !entry.parentPath.includes("node_modules");
      if (inSkeleton && entry.isFile() && /\.(go|h|py|rs|ts)$/.test(entry.name))
        texts.push(await readFile(join(entry.parentPath, entry.name), "utf8"));
    }
    return texts.join("").replaceAll("_", "").toLowerCase();
  }

  #say(words: string): void {
    this.report.push(`new: ${this.#language} ${this.#template}: ${words}`);
  }
}

/** Whether a project held what was promised; says what there is to say. */
async function holds(language: Language, template: Template, setting: Setting): Promise<boolean> {
  const tried = new TryOut(language, template, setting);
  const problem = await tried.run().then(
    () => undefined,
    (error: Error) => (error instanceof ExecaError ? `${error.shortMessage}\n${error.stdout ?? ""}\n${error.stderr ?? ""}` : error.message),
  );
  if (problem !== undefined) tried.report.push(`new: ${language} ${template}: FAILED: ${problem}`);
  console.log(tried.report.join("\n"));
  return problem === undefined;
}

/** How many projects of a template failed. */
async function failures(wanted: readonly Language[], template: Template, setting: Setting): Promise<number> {
  const queue = [...wanted];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let language = queue.shift(); language !== undefined; language = queue.shift())
      if (!(await holds(language, template, setting))) failed++;
  };
  await Promise.all(Array.from({ length: setting.timed || checks[template].alone ? 1 : atATime }, work));
  return failed;
}

interface Choice {
  readonly wanted: readonly Language[];
  readonly templates: readonly Template[];
  /** What was packed before. */
  readonly folder: string | undefined;
  readonly timed: boolean;
}

async function tryNew({ wanted, templates, folder, timed }: Choice): Promise<number> {
  const missing = await missingPermission();
  if (missing !== null) throw new Error(missing);
  if (folder === undefined) console.log("new: building and packing everything that is released");
  const packed = folder === undefined ? await pack(join(scratch, "packed")) : packedIn(folder);
  await using registry = await NpmRegistry.serve(packed.npm);
  const home = await mkdtemp(join(tmpdir(), "lbc-try-new-"));
  let failed = 0;
  try {
    const env = await userEnvironment(home, packed, registry.url);
    await new Newcomer(env).type(`npm install --global --prefix ${join(home, "lbc")} @lbc/cli`, home);
    for (const template of templates) failed += await failures(wanted, template, { home, env, timed });
    return failed === 0 ? 0 : 1;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    template: { type: "string", multiple: true },
    all: { type: "boolean" },
    timed: { type: "boolean", default: false },
    packed: { type: "string" },
    help: { type: "boolean" },
  },
});
const isOneOf =
  <Word extends string>(words: readonly Word[]) =>
  (word: string): word is Word =>
    words.some((other) => other === word);
const chosen = values.all ? templateNames : (values.template ?? ["trace"]);
if (values.help || !chosen.every(isOneOf(templateNames)) || !positionals.every(isOneOf(languages))) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = await tryNew({
    wanted: positionals.length === 0 ? languages : positionals,
    templates: chosen,
    folder: values.packed,
    timed: values.timed,
  });
}
