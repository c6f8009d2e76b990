import { basename, join } from "node:path";
import { combine, emitSdks, type Language, objectName, readInput, writeFiles } from "@lbc/build";
import { LbcError } from "@lbc/core";
import type { Note } from "@lbc/core/layout";
import { ExtraTypes } from "./extra-types.ts";
import type { Io } from "./io.ts";
import { type ExitCode, exitCodes, hintLine, reportError } from "./report.ts";

export interface GenOptions {
  readonly lang: readonly Language[];
  readonly out: string;
  readonly name?: string;
  readonly event: Readonly<Record<string, string>>;
  readonly type: readonly string[];
  readonly types: readonly string[];
  readonly json: boolean;
}

/** What the command itself refuses. */
class UseError extends LbcError<"name-clash"> {}

/** What became of one object. */
interface Generated {
  readonly object: string;
  readonly name: string;
  readonly files: readonly string[];
  readonly notes: readonly Note[];
}

/** `lbc gen`: an SDK for each object and language. An object that fails leaves nothing behind, and the others are still done. */
export async function gen(objects: readonly string[], options: GenOptions, io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const done: Generated[] = [];
  const progress = progressOn(io, new Set(objects).size);
  const once = [...new Set(objects)];
  const extra = await ExtraTypes.read(options.types);
  for (const [index, object] of once.entries()) {
    progress.show(index, object);
    try {
      const generated = await generateOne(object, folderFor(object, once, options), extra, options);
      done.push(generated);
      progress.clear();
      if (!options.json) printNotes(generated, io);
    } catch (error) {
      progress.clear();
      code = worse(code, reportError(error instanceof LbcError ? error.in(object) : error, io, options.json));
    }
  }
  io.stdout.write(options.json ? `${JSON.stringify({ generated: done })}\n` : summary(done, options));
  return code;
}

async function generateOne(object: string, folder: string, extra: ExtraTypes, options: GenOptions): Promise<Generated> {
  const bytes = await readInput(object);
  const name = options.name ?? objectName(object);
  const read = await extra.layout(bytes, { name, events: options.event, types: options.type });
  const sdks = await emitSdks(bytes, read, { languages: options.lang, source: basename(object) });
  const files = await writeFiles(combine(sdks), folder);
  return { object, name, files, notes: read.layout.notes };
}

/** One object's SDK stands in DIR; those of several, each a package of its own, in DIR/NAME. */
function folderFor(object: string, objects: readonly string[], { out }: GenOptions): string {
  if (objects.length === 1) return out;
  const name = objectName(object);
  const twin = objects.find((other) => other !== object && objectName(other) === name);
  if (twin !== undefined) {
    throw new UseError("name-clash", {
      message: `"${name}" would be the name of ${twin} as well`,
      hint: "generate them one by one, with --name",
    });
  }
  return join(out, name);
}

const worse = (a: ExitCode, b: ExitCode): ExitCode => (a === exitCodes.done ? b : a);

function printNotes({ object, notes }: Generated, io: Io): void {
  for (const { subject, message, hint } of notes) io.stderr.write(`${object}: note: ${subject}: ${message}\n${hintLine(hint)}`);
}

function summary(done: readonly Generated[], { lang, out }: GenOptions): string {
  if (done.length === 0) return "";
  const files = done.reduce((count, { files }) => count + files.length, 0);
  const what = done.length === 1 ? done[0]?.name : `${done.length} objects`;
  return `${what}: ${files} files in ${out} (${lang.join(", ")})\n`;
}

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
