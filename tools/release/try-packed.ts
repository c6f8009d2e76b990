import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ExecaError, execa } from "execa";
import { observe } from "../demo/observe.ts";
import { missingPermission } from "../demo/permission.ts";
import type { Program } from "../demo/programs.ts";
import { differences } from "../demo/table.ts";
import { compileBpf } from "../fixtures/compile.ts";
import { root, scratch } from "../paths.ts";
import { type Packed, pack } from "./pack.ts";

/** Installs what was packed into an empty folder, as a user of the language does, and builds execsnoop there with its own `lbc`. */
type Install = (folder: string, packed: Packed, object: string) => Promise<Program>;

/** The longest that a source in a text takes until its first event. */
const sourceSeconds = 60;

/** Nothing of the checkout: not its source condition, not its node_modules; only Node itself. */
const environment = { NODE_OPTIONS: "", PATH: [dirname(process.execPath), ...userPath()].join(delimiter) };

function userPath(): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
}

const run = async (file: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
  await execa(file, args, { cwd: folder, stdin: "ignore", env: { ...environment, ...env } });
};

async function tarballs(packed: Packed): Promise<string[]> {
  return (await readdir(packed.npm)).map((name) => join(packed.npm, name));
}

/** A project that has the command from npm: what C, Go and Rust users have beside their own tools. */
async function installCommand(folder: string, packed: Packed): Promise<string> {
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...(await tarballs(packed))], folder);
  return join(folder, "node_modules/.bin/lbc");
}

const example = (language: string): string => join(root, "examples/execsnoop", language);

const installs: Readonly<Record<string, Install>> = {
  c: async (folder, packed, object) => {
    const lbc = await installCommand(folder, packed);
    for (const name of ["Makefile", "execsnoop.c"]) await cp(join(example("c"), name), join(folder, name));
    await run("make", [`LBC=${lbc}`, `OBJECT=${object}`], folder, { PKG_CONFIG_PATH: join(packed.prefix, "share/pkgconfig") });
    return { language: "c", command: ["./execsnoop"], folder };
  },
  go: async (folder, packed, object) => {
    const lbc = await installCommand(folder, packed);
    await cp(join(example("go"), "main.go"), join(folder, "main.go"));
    const { stdout: proxies } = await execa("go", ["env", "GOPROXY"]);
    const env = {
      GOPROXY: `file://${packed.goProxy},${proxies}`,
      GONOSUMDB: "github.com/lbc-dev/*",
      GOFLAGS: "-mod=mod -modcacherw",
      GOMODCACHE: join(folder, "modules"),
    };
    await run(lbc, ["gen", object, "--lang", "go", "--out", "execsnoop"], folder);
    await run("go", ["mod", "init", "github.com/lbc-dev/lbc/examples/execsnoop/go"], folder, env);
    await run("go", ["mod", "tidy"], folder, env);
    await run("go", ["build", "-o", "execsnoop-go", "."], folder, env);
    return { language: "go", command: ["./execsnoop-go"], folder };
  },
  python: async (folder, packed, object) => {
    const [wheel] = (await readdir(packed.wheels)).filter((name) => name.endsWith(".whl"));
    await run("python3", ["-m", "venv", "venv"], folder);
    await run("venv/bin/pip", ["install", "-q", "--disable-pip-version-check", `${join(packed.wheels, wheel ?? "")}[build]`], folder);
    await cp(join(example("python"), "execsnoop.py"), join(folder, "main.py"));
    await run("venv/bin/lbc", ["gen", object, "--lang", "python", "--out", "generated"], folder);
    // The wheel bundles the command: every generator has to find its templates and libraries there.
    await run("venv/bin/lbc", ["gen", object, "--lang", "all", "--out", "all"], folder);
    return { language: "python", command: [join(folder, "venv/bin/python"), "main.py"], folder };
  },
  rust: async (folder, packed, object) => {
    const lbc = await installCommand(folder, packed);
    for (const name of ["Cargo.toml", "src"]) await cp(join(example("rust"), name), join(folder, name), { recursive: true });
    await run(lbc, ["gen", object, "--lang", "rust", "--out", "generated"], folder);
    const [crate] = await readdir(packed.crates);
    const patch = `patch.crates-io.rlbc.path="${join(packed.crates, crate ?? "")}"`;
    await run("cargo", ["build", "--quiet", "--release", "--config", patch], folder, { CARGO_TARGET_DIR: join(scratch, "packed/target") });
    return { language: "rust", command: [join(scratch, "packed/target/release/execsnoop")], folder };
  },
  typescript: async (folder, packed, object) => {
    const lbc = await installCommand(folder, packed);
    await cp(join(example("typescript"), "execsnoop.ts"), join(folder, "execsnoop.ts"));
    await run(lbc, ["gen", object, "--lang", "typescript", "--out", "generated"], folder);
    return { language: "typescript", command: [process.execPath, "execsnoop.ts"], folder, env: { NODE_OPTIONS: "" } };
  },
};

/** Programs with their BPF source in a text, which they compile when they run. */
const withSources: Readonly<Record<string, readonly [file: string, program: string]>> = {
  python: ["venv/bin/python", "hello.py"],
  typescript: [process.execPath, "hello.ts"],
};

/** Runs the one of a language twice: the second time nothing is compiled. Returns what went wrong. */
async function trySources(language: string, folder: string): Promise<readonly string[]> {
  const [file, program] = withSources[language] ?? [];
  if (file === undefined || program === undefined) return [];
  await cp(join(root, "tools/release/sources", program), join(folder, program));
  const problems: string[] = [];
  for (const when of ["compiled", "kept"]) {
    const env = { ...environment, XDG_CACHE_HOME: join(folder, "cache") };
    const started = performance.now();
    const { stdout, stderr } = await execa(file, [program], {
      cwd: folder,
      stdin: "ignore",
      env,
      timeout: sourceSeconds * 1000,
      reject: false,
    });
    if (stdout === "hello, true")
      console.log(`packed: ${language}: a source in a text, ${when}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    else problems.push(`${language}: a source in a text, ${when}, printed "${stdout}"\n${stderr}`);
  }
  return problems;
}

async function tryPacked(languages: readonly string[]): Promise<number> {
  const object = join(scratch, "demo/execsnoop.bpf.o");
  await mkdir(join(scratch, "demo"), { recursive: true });
  await compileBpf(join(root, "examples/execsnoop/execsnoop.bpf.c"), object);
  console.log("packed: building and packing everything that is released");
  const packed = await pack(join(scratch, "packed"));
  const folder = await mkdtemp(join(tmpdir(), "lbc-packed-"));
  try {
    const programs: Program[] = [];
    for (const language of languages) {
      console.log(`packed: installing the ${language} packages into an empty folder`);
      await mkdir(join(folder, language));
      programs.push(await (installs[language] as Install)(join(folder, language), packed, object));
    }
    const missing = await missingPermission();
    if (missing !== null) throw new Error(missing);
    const { executions, observations } = await observe(programs);
    const problems = observations.flatMap((observed) =>
      differences(executions, observed).map((difference) => `${observed.language}: ${difference}`),
    );
    for (const language of languages) problems.push(...(await trySources(language, join(folder, language))));
    for (const problem of problems) console.log(`packed: ${problem}`);
    for (const { language } of observations)
      if (!problems.some((problem) => problem.startsWith(`${language}:`)))
        console.log(`packed: ${language}: installed, and reports the ${executions.length} executions`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const named = process.argv.slice(2);
const wrong = named.find((word) => installs[word] === undefined);
if (wrong !== undefined) {
  console.log(`usage: node tools/release/try-packed.ts [${Object.keys(installs).join("|")}]…`);
  process.exitCode = wrong === "--help" ? 0 : 2;
} else {
  process.exitCode = await tryPacked(named.length === 0 ? Object.keys(installs) : named).catch((error: Error) => {
    if (!(error instanceof ExecaError)) throw error;
    console.error(`packed: ${error.shortMessage}\n${error.stdout ?? ""}\n${error.stderr ?? ""}`);
    return 1;
  });
}
