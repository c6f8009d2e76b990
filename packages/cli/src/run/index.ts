import { objectName, readInput, readLayout } from "@lbc/build";
import { buildObject } from "@lbc/build/object";
import { LbcError } from "@lbc/core";
import { OpenObject } from "@lbc/runtime";
import { type Io, usesColor } from "../io.ts";
import { type ExitCode, exitCodes, reportError } from "../report.ts";
import { parseTargets } from "./attach.ts";
import { parseCount, parseDuration } from "./duration.ts";
import { checkFiles } from "./input-files.ts";
import { buildText, kernelProbes, type Translated, translate, withColumnNames } from "./oneliner/index.ts";
import { describeRefusal } from "./refusal.ts";
import { runObject } from "./session.ts";

export interface RunOptions {
  /** One-liners, in place of files. */
  readonly expressions: readonly string[];
  readonly settings: readonly string[];
  /** `PROGRAM=TARGET`. */
  readonly attach: readonly string[];
  /** Types of events by map, where the object does not tell them. */
  readonly events: Readonly<Record<string, string>>;
  readonly includes: readonly string[];
  readonly defines: readonly string[];
  readonly duration?: string;
  readonly interval?: string;
  readonly top?: string;
  readonly clear: boolean;
  readonly json: boolean;
  /** Prints the C that one-liners become, and runs nothing. */
  readonly printSource: boolean;
  /** Prints the verifier's whole log where it refuses a program. */
  readonly verbose: boolean;
}

/** `lbc run`: a source, an object or a one-liner, shown as it runs. */
export async function run(files: readonly string[], options: RunOptions, io: Io): Promise<ExitCode> {
  const { json, verbose, expressions } = options;
  let translated: Translated | null = null;
  try {
    const times = {
      duration: options.duration === undefined ? undefined : parseDuration(options.duration, "duration"),
      interval: options.interval === undefined ? undefined : parseDuration(options.interval, "interval"),
    };
    const top = options.top === undefined ? undefined : parseCount(options.top);
    if (expressions.length > 0) translated = await translate(expressions.join("\n"), kernelProbes());
    if (translated !== null && options.printSource) {
      io.stdout.write(translated.readable);
      return exitCodes.done;
    }
    checkFiles(files);
    const object = await objectOf(files, translated, options, io);
    const layout = layoutOf(object, files, options);
    const targets = parseTargets(layout, options.attach);
    const { settings, clear } = options;
    using open = OpenObject.open(object, { name: layout.object.name });
    await runObject(open, layout, { settings, targets, json, clear, top, translated, ...times }, io);
    return exitCodes.done;
  } catch (error) {
    const refusal = json ? null : describeRefusal(error, translated, verbose);
    if (refusal === null) return reportError(error, io, json);
    io.stderr.write(refusal);
    return exitCodes.badInput;
  }
}

async function objectOf(files: readonly string[], translated: Translated | null, options: RunOptions, io: Io): Promise<Uint8Array> {
  if (translated === null && files.length === 1 && files[0]?.endsWith(".c") === false) return readInput(files[0]);
  const { includes, defines, json } = options;
  const color = !json && usesColor(io.stderr, io.env);
  const built =
    translated === null ? await buildObject(files, { includes, defines, color }) : await buildText(translated.source, translated);
  if (!json) io.stderr.write(built.diagnostics);
  return built.object;
}

function layoutOf(object: Uint8Array, [file]: readonly string[], { events }: RunOptions) {
  try {
    const { layout } = readLayout(object, { name: file === undefined ? "lbc" : objectName(file), events });
    return file === undefined ? withColumnNames(layout) : layout;
  } catch (error) {
    throw error instanceof LbcError && file !== undefined ? error.in(file) : error;
  }
}
