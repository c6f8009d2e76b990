import { RuntimeError, type SourcePlace, type VerifierReport, verifierReportText } from "@lbc/runtime";
import { hintLine } from "../report.ts";
import type { Hook } from "./oneliner/hooks.ts";
import { label, ownLabel, type Translated } from "./oneliner/index.ts";

/** A one-liner may be long; its beginning tells which it is. */
const longestLine = 120;

/** A program that the verifier refuses, in its words and at the lines of the source; null for every other error. */
export function describeRefusal(error: unknown, translated: Pick<Translated, "text" | "hooks"> | null, verbose: boolean): string | null {
  if (!(error instanceof RuntimeError) || error.code !== "verifier-refused" || error.verifierReport === undefined) return null;
  const { verifierReport, verifierLog = "", place, hint } = error;
  const report = translated === null ? verifierReport : withLines(verifierReport, translated.text);
  const known = userMemoryHint(report, translated?.hooks.get(place.type ?? ""));
  const advice = known ?? report.hint ?? (hint?.includes("verifierLog") === true ? "--verbose prints the whole log" : hint);
  const all = verbose ? `\nthe whole log:\n${verifierLog}\n` : "";
  return `lbc: the kernel refuses ${place.type ?? "the program"}: ${verifierReportText(report)}\n${hintLine(advice)}${all}`;
}

/** What a system call or a function of a process gets are addresses of the process, which a program cannot follow. */
function userMemoryHint({ reason }: VerifierReport, hook: Hook | undefined): string | null {
  const isProcess = hook?.kind === "uprobe" || (hook?.kind === "tracepoint" && /syscalls$/.test(hook.category));
  if (!isProcess || !/invalid mem access '(scalar|inv)'/.test(reason)) return null;
  return "this is an address of the process: str() reads a string there, join() a list of strings, BPF_PROBE_READ_USER(pointer, member) a member";
}

/** The compiler records the text of lines that it finds in files: a one-liner is in none. Lines that lbc made tell its user nothing. */
function withLines(report: VerifierReport, text: string): VerifierReport {
  const lines = text.split("\n");
  const named = (at: SourcePlace): SourcePlace => {
    const line = fileName(at) === label ? lines[at.line - 1] : undefined;
    return line === undefined ? at : { ...at, text: line.length > longestLine ? `${line.slice(0, longestLine)}…` : line };
  };
  const ofUser = (at: SourcePlace | null): SourcePlace | null => (at === null || fileName(at) === ownLabel ? null : named(at));
  const path = report.path.flatMap((at) => ofUser(at) ?? []);
  return {
    ...report,
    source: ofUser(report.source) ?? path.at(-1) ?? null,
    path,
    registers: report.registers.map((register) => ({ ...register, from: ofUser(register.from) })),
  };
}

const fileName = ({ file }: SourcePlace): string => file.slice(file.lastIndexOf("/") + 1);
