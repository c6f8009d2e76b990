import { basename, join } from "node:path";
import {
  type BuildOptions,
  buildObject,
  combine,
  documented,
  ExtraTypes,
  emitSdks,
  type Language,
  objectName,
  readInput,
  refuseInput,
  sourcesOf,
  writeFiles,
  writeOutput,
} from "@lbc/build";
import { LbcError } from "@lbc/core";
import { readElf } from "@lbc/core/elf";
import { didYouMean, type Note } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { objectFile } from "./build.ts";
import { type Io, usesColor } from "./io.ts";
import { type ExitCode, errorJson, exitCodes, hintLine, tellError } from "./report.ts";
import { ownSources, sumsOf } from "./sums.ts";

export interface GenOptions {
  readonly lang: readonly Language[];
  readonly out: string;
  readonly name?: string;
  readonly event: Readonly<Record<string, string>>;
  readonly type: readonly string[];
  readonly types: readonly string[];
  /** How sources and headers are compiled. */
  readonly compilation: Pick<BuildOptions, "btf" | "includes" | "defines">;
  /** Source files without a package's manifest. */
  readonly module: boolean;
  /** How TypeScript sees integers of 64 bits. */
  readonly u64: "bigint" | "number";
  /** Where to write the sums of what the SDKs were made from. */
  readonly sums?: string;
  readonly json: boolean;
}

/** What the command itself refuses. */
class UseError extends LbcError<"name-clash" | "unknown-map"> {}

/** What became of one object. */
interface Generated {
  readonly object: string;
  readonly name: string;
  readonly files: readonly string[];
  readonly notes: readonly Note[];
  /** What clang said of a source. */
  readonly diagnostics: string;
  /** What it was made from. */
  readonly inputs: readonly string[];
}

/** `lbc gen`: an SDK for each object or source and language. One that fails leaves nothing behind, and the others are still done. */
export async function gen(objects: readonly string[], options: GenOptions, io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const done: Generated[] = [];
  const errors: object[] = [];
  const progress = progressOn(io, new Set(objects).size);
  const once = [...new Set(objects)];
  if (options.sums !== undefined) await refuseInput(options.sums, [...once, ...options.types]);
  const extra = await ExtraTypes.read(options.types, options.compilation);
  await refuseUnknownMaps(once, options);
  for (const [index, object] of once.entries()) {
    progress.show(index, object);
    try {
      const generated = await generateOne(object, folderFor(object, once, options), extra, options, io);
      done.push(generated);
      progress.clear();
      if (!options.json) printNotes(generated, io);
    } catch (error) {
      progress.clear();
      const placed = error instanceof LbcError ? error.in(object) : error;
      errors.push(errorJson(placed));
      code = worse(code, tellError(placed, io));
    }
  }
  if (options.sums !== undefined && code === exitCodes.done) await writeSums(options.sums, done);
  io.stdout.write(options.json ? `${JSON.stringify({ generated: done.map(generatedJson), errors })}\n` : summary(done, options));
  return code;
}

/** Before anything is written: a map of `--event` that none of several objects has. What cannot be read is told later, with its object. */
async function refuseUnknownMaps(objects: readonly string[], { event, compilation }: GenOptions): Promise<void> {
  const wanted = Object.keys(event);
  if (objects.length < 2 || wanted.length === 0) return;
  const known = new Set<string>();
  for (const object of objects) {
    try {
      const { bytes } = await inputOf(object, compilation);
      for (const { name } of readObject(readElf(bytes)).maps) known.add(name);
    } catch (error) {
      if (!(error instanceof LbcError)) throw error;
      return;
    }
  }
  const unknown = wanted.find((map) => !known.has(map));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, [...known]) ?? "lbc inspect shows the maps of an object";
  throw new UseError("unknown-map", { type: unknown, message: "no object has a map of this name", hint });
}

async function generateOne(object: string, folder: string, extra: ExtraTypes, options: GenOptions, io: Io): Promise<Generated> {
  const { bytes, diagnostics, inputs } = await inputOf(object, {
    ...options.compilation,
    color: !options.json && usesColor(io.stderr, io.env),
  });
  const name = options.name ?? objectName(objectFile(object));
  const { maps } = readObject(readElf(bytes));
  // one of several objects may lack the map of an --event
  const isHere = ([map]: readonly [string, string]): boolean => maps.some((known) => known.name === map);
  const events = folder === options.out ? options.event : Object.fromEntries(Object.entries(options.event).filter(isHere));
  const read = await extra.layout(bytes, { name, events, types: options.type });
  const sources = object.endsWith(".c") ? await readTexts(inputs) : await sourcesOf(read.object);
  const sdks = await emitSdks(
    bytes,
    { ...read, layout: documented(read.layout, sources) },
    {
      languages: options.lang,
      source: basename(objectFile(object)),
      module: options.module,
      u64: options.u64,
    },
  );
  const made = combine(sdks);
  for (const { path, content } of made) {
    // an SDK carries its object: beside itself it stays what it is
    if (!Buffer.from(bytes).equals(Buffer.from(content))) await refuseInput(join(folder, path), [object, ...options.types]);
  }
  const files = await writeFiles(made, folder);
  return { object, name, files, notes: read.layout.notes, diagnostics, inputs };
}

const readTexts = (paths: readonly string[]): Promise<string[]> =>
  Promise.all(paths.map(async (path) => new TextDecoder().decode(await readInput(path))));

/** An object as it is; that of a source is built, as `lbc build` does. */
async function inputOf(path: string, options: BuildOptions): Promise<{ bytes: Uint8Array } & Pick<Generated, "diagnostics" | "inputs">> {
  if (!path.endsWith(".c")) return { bytes: await readInput(path), diagnostics: "", inputs: [path] };
  const { object, diagnostics, dependencies } = await buildObject([path], options);
  return { bytes: object, diagnostics, inputs: await ownSources(path, dependencies) };
}

async function writeSums(file: string, done: readonly Generated[]): Promise<void> {
  const inputs = new Set(done.flatMap(({ inputs }) => inputs));
  await writeOutput(file, Buffer.from(await sumsOf([...inputs], process.cwd())));
}

/** One object's SDK stands in DIR; those of several, each a package of its own, in DIR/NAME. */
function folderFor(object: string, objects: readonly string[], { out }: GenOptions): string {
  if (objects.length === 1) return out;
  const name = objectName(objectFile(object));
  const twin = objects.find((other) => other !== object && objectName(objectFile(other)) === name);
  if (twin !== undefined) {
    throw new UseError("name-clash", {
      message: `"${name}" would be the name of ${twin} as well`,
      hint: "generate them one by one, with --name",
    });
  }
  return join(out, name);
}

const worse = (a: ExitCode, b: ExitCode): ExitCode => (a === exitCodes.done ? b : a);

function printNotes({ object, notes, diagnostics }: Generated, io: Io): void {
  io.stderr.write(diagnostics);
  for (const { subject, message, hint } of notes) io.stderr.write(`${object}: note: ${subject}: ${message}\n${hintLine(hint)}`);
}

function summary(done: readonly Generated[], { lang, out }: GenOptions): string {
  if (done.length === 0) return "";
  const files = done.reduce((count, { files }) => count + files.length, 0);
  const what = done.length === 1 ? done[0]?.name : `${done.length} objects`;
  return `${what}: ${files} files in ${out} (${lang.join(", ")})\n`;
}

const generatedJson = ({ object, name, files, notes, diagnostics }: Generated): object => ({
  object,
  name,
  files,
  notes,
  ...(diagnostics === "" ? {} : { diagnostics }),
});

interface Progress {
  show(index: number, object: string): void;
  clear(): void;
}

/** A line that is written over, on a terminal and where there is more than one object. */
function progressOn({ stderr }: Io, count: number): Progress {
  if (stderr.isTTY !== true || count < 2) return { show: () => undefined, clear: () => undefined };
  const eraseLine = "\r\u001b[K";
  return {
    show: (index, object) => void stderr.write(`${eraseLine}[${index + 1}/${count}] ${basename(object)}`),
    clear: () => void stderr.write(eraseLine),
  };
}
