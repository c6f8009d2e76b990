/** Skeletons of BPF sources, compiled while a program runs: `await fromSource(text)`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, buildObject } from "./build-object.ts";
import { cacheFolder } from "./cache.ts";
import { BuildError, CompileError } from "./errors.ts";
import { writeOutput } from "./files.ts";
import { generate, objectName } from "./pipeline.ts";
import { version } from "./version.ts";

export { BuildError, CompileError } from "./errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a text declares is known when the program runs; a type argument tells it before
type Untyped = any;

export interface SourceOptions extends Pick<BuildOptions, "btf" | "includes" | "defines"> {
  /** The struct of each event stream whose map does not tell it. */
  readonly events?: Readonly<Record<string, string>>;
  /** `import.meta.url` of who has @lbc/runtime among its dependencies; the program that runs unless told. */
  readonly from?: string;
}

/**
 * The module that `lbc gen --lang typescript` makes of a BPF source in C; `name` is what it is called: `hello` has the class `Hello`.
 *
 *     const { Hello } = await fromSource<typeof import("./hello.ts")>(SOURCE, "hello");
 *     using skel = Hello.open().load();
 *
 * What was made is kept by its content: the next time costs the import only. Throws CompileError with clang's words, and BuildError.
 */
export async function fromSource<Module = Untyped>(source: string, name = "source", options: SourceOptions = {}): Promise<Module> {
  const path = join(cacheFolder(), "sources", sum(source), `${name.replaceAll(/\W/g, "_")}.bpf.c`);
  if (!existsSync(path)) await writeOutput(path, new TextEncoder().encode(source));
  try {
    return await fromFile(path, options);
  } catch (error) {
    // the place in the cache tells no one anything
    if (error instanceof CompileError)
      throw new CompileError(basename(path), error.diagnostics.replaceAll(path, basename(path)), error.hint);
    throw error;
  }
}

/** The same of a file such as `hello.bpf.c`, compiled again where it, a header, the kernel or lbc has changed. */
export async function fromFile<Module = Untyped>(path: string, options: SourceOptions = {}): Promise<Module> {
  const { btf, includes = [], defines = [], events = {}, from } = options;
  const { object } = await buildObject([path], { includes, defines, ...(btf === undefined ? {} : { btf }) });
  const runtime = runtimeOf(from ?? program());
  const key = sum(version, JSON.stringify([events, [...runtime]]), object);
  const file = join(cacheFolder(), "typescript", key, `${objectName(path)}.ts`);
  if (!existsSync(file)) await writeOutput(file, new TextEncoder().encode(await moduleOf(path, object, events, runtime)));
  return await import(pathToFileURL(file).href);
}

async function moduleOf(
  path: string,
  object: Uint8Array,
  events: Readonly<Record<string, string>>,
  runtime: ReadonlyMap<string, string>,
): Promise<string> {
  const name = objectName(path);
  const sdks = await generate(object, { name, source: basename(path), languages: ["typescript"], events });
  const module = [...(sdks.get("typescript") ?? [])].find((file) => file.path.endsWith(".ts"));
  let code = String(module?.content);
  for (const [specifier, url] of runtime) code = code.replaceAll(`from "${specifier}";`, `from "${url}";`);
  return code;
}

const runtimeModules = ["@lbc/runtime", "@lbc/runtime/codegen"];

/** Nothing is found by its name from where the module is kept: it imports the runtime of the program by its URL. */
function runtimeOf(from: string): Map<string, string> {
  const { resolve } = createRequire(from);
  try {
    return new Map(runtimeModules.map((specifier) => [specifier, pathToFileURL(resolve(specifier)).href]));
  } catch (cause) {
    throw new BuildError("runtime-not-found", {
      file: from,
      message: "@lbc/runtime is not among its dependencies",
      hint: "npm install @lbc/runtime; where another module has it, tell which: { from: import.meta.url }",
      cause,
    });
  }
}

const program = (): string => pathToFileURL(process.argv[1] ?? join(process.cwd(), "program.js")).href;

function sum(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex");
}
