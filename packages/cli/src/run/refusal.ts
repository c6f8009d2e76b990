import { RuntimeError, type SourcePlace, verifierReportText } from "@lbc/runtime";
import { hintLine } from "../report.ts";

/** A program that the verifier refuses, in its words and at the lines of the source; null for every other error. `text` are the one-liners. */
export function describeRefusal(error: unknown, text: string, verbose: boolean): string | null {
  if (!(error instanceof RuntimeError) || error.code !== "verifier-refused" || error.verifierReport === undefined) return null;
  const { verifierReport: report, verifierLog = "", place, hint } = error;
  const lines = text.split("\n");
  // The compiler does not find the text of a one-liner where it looks for files.
  const named = <Place extends SourcePlace | null>(source: Place): Place =>
    source?.file.endsWith("-e") === true ? { ...source, text: lines[source.line - 1] ?? source.text } : source;
  const shown = {
    ...report,
    source: named(report.source),
    path: report.path.map(named),
    registers: report.registers.map((register) => ({ ...register, from: named(register.from) })),
  };
  const all = verbose ? `\nthe whole log:\n${verifierLog}\n` : "";
  return `lbc: the kernel refuses ${place.type ?? "the program"}: ${verifierReportText(shown)}\n${hintLine(report.hint ?? hint)}${all}`;
}
