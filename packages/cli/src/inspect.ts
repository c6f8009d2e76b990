import { objectName, readInput, readLayout } from "@lbc/build";
import { LbcError } from "@lbc/core";
import { renderInspect } from "./inspect/index.ts";
import { type Io, usesColor } from "./io.ts";
import { type ExitCode, exitCodes, reportError } from "./report.ts";

/** `lbc inspect`: what an object contains, for a person or as the layout's JSON. */
export async function inspect(path: string, { json }: { readonly json: boolean }, io: Io): Promise<ExitCode> {
  try {
    const { layout } = readLayout(await readInput(path), { name: objectName(path) });
    io.stdout.write(json ? `${JSON.stringify(layout, null, 2)}\n` : renderInspect(layout, { color: usesColor(io.stdout, io.env) }));
    return exitCodes.done;
  } catch (error) {
    return reportError(error instanceof LbcError ? error.in(path) : error, io, json);
  }
}
