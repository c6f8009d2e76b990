import type { Assertion } from "./expected.ts";

/** How far a peer comes with one fixture. */
export interface Verdict {
  readonly reached: "refused" | "does not compile" | "wrong" | "right";
  /** The first thing that goes wrong; empty where nothing does. */
  readonly why: string;
}

/** What a compiler minds. */
export interface CompilerError {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export const right: Verdict = { reached: "right", why: "" };

/** An error in what was generated is worse than one in the assertions, which begin at a line of a file of their own. */
export function verdictOf(errors: readonly CompilerError[], assertions: readonly Assertion[], file: string, firstLine: number): Verdict {
  const own = errors.find((error) => !error.file.endsWith(file));
  if (own !== undefined) return { reached: "does not compile", why: own.message };
  const [failed] = errors;
  if (failed === undefined) return right;
  const label = assertions[failed.line - firstLine]?.label;
  return { reached: "wrong", why: label ?? failed.message };
}

/** A refusal, with what tells most: a formatter's error, else libbpf's last word, else the generator's own that is no advice. */
export function refusal(stderr: string): Verdict {
  const said = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(note:|Run with)/.test(line));
  const ofLibbpf = said.findLast((line) => line.startsWith("libbpf: ") && !line.includes("skipping unrecognized"));
  return { reached: "refused", why: said.find((line) => line.startsWith("error: ")) ?? ofLibbpf ?? said.at(-1) ?? "" };
}

/** Errors of compilers that print `file:line:column: message`, as gcc and Go do. */
export function parseErrors(output: string): CompilerError[] {
  return output.split("\n").flatMap((text): CompilerError[] => {
    const found = /^([^\s:]+):(\d+):\d+: (?:fatal )?(?:error: )?(.*)$/.exec(text);
    if (found === null || /^(note|warning): /.test(found[3] ?? "")) return [];
    return [{ file: found[1] ?? "", line: Number(found[2]), message: found[3] ?? "" }];
  });
}
