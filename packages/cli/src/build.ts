import { basename } from "node:path";
import { type BuildOptions, type Built, buildObject, refuseInput, writeOutput } from "@lbc/build/object";
import { type Io, usesColor } from "./io.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

export interface BuildCommandOptions extends Omit<BuildOptions, "color"> {
  readonly output?: string;
  readonly json: boolean;
}

/** `lbc build`: sources and objects into one object. Nothing is written where something is wrong. */
export async function build(inputs: readonly string[], options: BuildCommandOptions, io: Io): Promise<ExitCode> {
  const { output = basename(objectFile(inputs[0] ?? "")), json, ...how } = options;
  try {
    await refuseInput(output, how.btf === undefined ? inputs : [...inputs, how.btf]);
    const built = await buildObject(inputs, { ...how, color: !json && usesColor(io.stderr, io.env) });
    await refuseInput(output, built.dependencies);
    await writeOutput(output, built.object);
    if (!json) io.stderr.write(built.diagnostics);
    io.stdout.write(json ? `${JSON.stringify({ built: builtJson(inputs, output, built) })}\n` : summary(inputs, output, built));
    return exitCodes.done;
  } catch (error) {
    return reportError(error, io, json);
  }
}

/** The object that a source is compiled to; an object is its own. */
export const objectFile = (source: string): string => source.replace(/\.c$/, ".o");

function summary(inputs: readonly string[], output: string, { object, cached }: Built): string {
  const linked = inputs.length > 1 ? `, linked from ${inputs.length} files` : "";
  return `${output}: ${object.length} bytes${linked}${cached ? " (unchanged)" : ""}\n`;
}

function builtJson(inputs: readonly string[], output: string, { object, cached, dependencies, diagnostics }: Built): object {
  return { sources: inputs, output, bytes: object.length, cached, dependencies, ...(diagnostics === "" ? {} : { diagnostics }) };
}
