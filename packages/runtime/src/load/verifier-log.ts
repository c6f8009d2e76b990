import { verifierHint } from "./verifier-hints.ts";

/** A place in the C source, as the compiler recorded it. */
export interface SourcePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 where it is not known. */
  readonly column: number;
  /** The text of the line. */
  readonly text: string;
}

/** What the verifier knew about a register, and where it got to be so. */
export interface RegisterState {
  /** As in the log: `R0`. */
  readonly name: string;
  /** As in the log: `map_value_or_null(id=1,map=counts,ks=4,vs=8)`. */
  readonly value: string;
  readonly from: SourcePlace | null;
}

/** Why the verifier refused a program. */
export interface VerifierReport {
  /** In the verifier's words. */
  readonly reason: string;
  /** In ours, and what to do; undefined where the words are not among those that we know. */
  readonly hint: string | undefined;
  /** The refused instruction of the linked program, null where the verifier had not begun to walk through it. */
  readonly instruction: { readonly at: number; readonly text: string } | null;
  /** Where the refused instruction comes from. */
  readonly source: SourcePlace | null;
  /** Of the registers that the reason names. */
  readonly registers: readonly RegisterState[];
  /** The lines that were passed on the way, oldest first; the refused one is the last. */
  readonly path: readonly SourcePlace[];
}

/** One instruction that the verifier walked over. */
interface Step {
  readonly at: number;
  readonly text: string;
  readonly source: SourcePlace | null;
  /** Registers after it (in older logs: before the next one), by name. */
  readonly registers: Map<string, string>;
}

const statistics = /^(processed \d|verification time|stack depth|max_states|total_states|peak_states|insns processed)/;
const instruction = /^(\d+): \([0-9a-f]{2}\) (.*?)(?:\s+;(.*))?$/;
/** `12: R1=ctx() R10=fp0` and, after branches and calls, without the number. */
const state = /^(?:\d+:)? ?(?:frame\d+: ?)?(R\d+(?:_\w+)?=.*)$/;
const branch = /^from (\d+) to \d+(?: \(speculative execution\))?: ?(.*)$/;
const sourceComment = /^; (.*?)(?: @ (.+):(\d+))?$/;
/** `R0_w=scalar(umax=5,var_off=(0x0; 0x7))`: a value may have spaces inside parentheses. */
const register = /\b(R\d+)(?:_\w+)?=((?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+)/g;
/** Words of the log that are no reason by themselves. */
const noise =
  /^(caller:|callee:|returning from callee:|to caller at|cur state:|old state:|func#|Func#|Validating |mark_precise|propagating|\s)/;

/**
 * Folds the verifier's log to why it ended. `lines` tells of every instruction of the linked program which source line it comes from;
 * without them the log's own remarks are used. Never throws, whatever the text.
 */
export function foldVerifierLog(log: string, sourceOf: (instruction: number) => SourcePlace | null): VerifierReport {
  const steps: Step[] = [];
  let reasons: string[] = [];
  let remark: SourcePlace | null = null;
  for (const line of log.split("\n")) {
    const stepped = instruction.exec(line);
    const branched = branch.exec(line);
    const remarked = sourceComment.exec(line);
    if (stepped !== null) {
      const at = Number(stepped[1]);
      steps.push({ at, text: stepped[2] ?? "", source: sourceOf(at) ?? remark, registers: registersIn(stepped[3] ?? "") });
      reasons = [];
    } else if (branched !== null) {
      // The verifier goes back to a branch that it had put off: what it saw since does not belong to this way.
      const at = steps.findLastIndex((step) => step.at === Number(branched[1]));
      if (at !== -1) steps.length = at + 1;
      note(steps, branched[2] ?? "");
      reasons = [];
    } else if (remarked !== null) {
      remark = placeOf(remarked);
    } else if (state.test(line)) {
      note(steps, line);
    } else if (line !== "" && !statistics.test(line) && !noise.test(line)) {
      reasons.push(line);
    }
  }
  return report(steps, reasons);
}

function registersIn(text: string): Map<string, string> {
  return new Map([...text.matchAll(register)].map(([, name = "", value = ""]) => [name, value]));
}

function note(steps: readonly Step[], text: string): void {
  for (const [name, value] of registersIn(text)) steps.at(-1)?.registers.set(name, value);
}

function placeOf([, text = "", file = "", line = "0"]: RegExpExecArray): SourcePlace {
  return { file, line: Number(line), column: 0, text };
}

function report(steps: readonly Step[], reasons: readonly string[]): VerifierReport {
  const last = steps.at(-1) ?? null;
  const reason = reasons.join("; ");
  return {
    reason,
    hint: verifierHint(reason, last?.source?.text),
    instruction: last === null ? null : { at: last.at, text: last.text },
    source: last?.source ?? null,
    registers: [...new Set(reason.match(/\bR\d+\b/g))].flatMap((name) => registerState(steps, name)),
    path: linesOf(steps),
  };
}

/** The last thing that was known of it before the refused instruction; the oldest step since which that holds is where it comes from. */
function registerState(steps: readonly Step[], name: string): RegisterState[] {
  const known = steps.filter((step) => step.registers.has(name));
  const value = known.at(-1)?.registers.get(name);
  if (value === undefined) return [];
  const differs = known.findLastIndex((step) => step.registers.get(name) !== value);
  return [{ name, value, from: known[differs + 1]?.source ?? null }];
}

/** One place for each run of instructions of the same line. */
function linesOf(steps: readonly Step[]): SourcePlace[] {
  const places = steps.flatMap(({ source }) => (source === null ? [] : [source]));
  return places.filter((place, index) => {
    const next = places[index + 1];
    return next?.file !== place.file || next.line !== place.line || next.text !== place.text;
  });
}

/** Lines of the way that are printed before the refused one. */
const printedLines = 6;

/** A report as lines of text; the hint is left to who prints it. */
export function verifierReportText(report: VerifierReport): string {
  const { source, instruction: refused } = report;
  const way = report.path.slice(0, -1);
  const left = way.length - printedLines;
  return [
    report.reason === "" ? "the verifier gave no reason" : report.reason,
    ...(source === null ? [] : [`  at ${placeText(source)}`]),
    ...(refused === null ? [] : [`     instruction ${refused.at}: ${refused.text}`]),
    ...report.registers.map(({ name, value, from }) => `  ${name} is ${value}${from === null ? "" : `, from ${placeText(from)}`}`),
    ...(way.length === 0 ? [] : ["  the way there:"]),
    ...(left > 0 ? [`     ${left} more lines`] : []),
    ...way.slice(-printedLines).map((place) => `     ${placeText(place)}`),
  ].join("\n");
}

function placeText({ file, line, text }: SourcePlace): string {
  return line === 0 ? text.trim() : `${file.slice(file.lastIndexOf("/") + 1)}:${line}: ${text.trim()}`;
}
