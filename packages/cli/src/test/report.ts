import { styleFor } from "../inspect/style.ts";
import { type Cell, plural, table } from "../inspect/text.ts";
import { checksOf, type KernelResult, type ProgramResult } from "./result.ts";

/** A row for each kernel, and below it what failed there, in the kernel's words. */
export function renderTable(results: readonly KernelResult[], requireEvents: boolean, color: boolean): string {
  const style = styleFor(color);
  const head: Cell[] = ["kernel", "loads", "attaches", "events", "command"].map((text) => ({ text, paint: style.dim }));
  const rows = table([head, ...results.map((result) => row(result, requireEvents, style.warning, style.name))]);
  const [first = "", ...others] = rows;
  const lines = [first];
  results.forEach((result, index) => {
    lines.push(others[index] ?? "");
    for (const { name, failure } of checksOf(result, requireEvents)) {
      if (failure !== null) lines.push(`      ${style.warning(`${name}:`)}`, ...failure.split("\n").map((line) => `        ${line}`));
    }
  });
  return `${lines.join("\n")}\n`;
}

type Paint = (text: string) => string;

function row(result: KernelResult, requireEvents: boolean, warning: Paint, name: Paint): Cell[] {
  const { kernel, programs, streams, command, problem } = result;
  const failed = checksOf(result, requireEvents).some(({ failure }) => failure !== null);
  const wanted = programs.filter(({ state }) => state !== "off");
  const off = programs.length - wanted.length;
  const share = (part: readonly ProgramResult[], of: readonly ProgramResult[]): string =>
    of.length === 0 ? "-" : `${part.length} of ${of.length}`;
  const loads = share(
    wanted.filter(({ state }) => state !== "refused"),
    wanted,
  );
  const attachable = wanted.filter(({ state }) => state === "attached" || state === "not-attached");
  const attaches = share(
    attachable.filter(({ state }) => state === "attached"),
    attachable,
  );
  const events = streams.map(({ map, events: count, lost }) => `${map} ${count}${lost === 0 ? "" : ` (${lost} lost)`}`).join(", ");
  const ended = command === null ? "" : command.exitCode === null ? "killed" : `exit ${command.exitCode}`;
  return [
    { text: kernel, paint: failed ? warning : name },
    { text: problem === null ? `${loads}${off === 0 ? "" : `, ${off} off`}` : "no" },
    { text: problem === null ? attaches : "-" },
    { text: events === "" ? "-" : events },
    { text: ended },
  ];
}

/** One line at the end. */
export function summary(results: readonly KernelResult[], requireEvents: boolean): string {
  const failed = results.filter((result) => checksOf(result, requireEvents).some(({ failure }) => failure !== null));
  if (failed.length === 0) return `passed on ${plural(results.length, "kernel")}\n`;
  return `failed on ${failed.length} of ${plural(results.length, "kernel")}\n`;
}

/** As the tools of continuous integration read it: a suite for each kernel. @see https://github.com/testmoapp/junitxml */
export function renderJunit(results: readonly KernelResult[], object: string, requireEvents: boolean): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"];
  for (const result of results) {
    const checks = checksOf(result, requireEvents);
    const failures = checks.filter(({ failure }) => failure !== null).length;
    const name = xml(`${object} on ${result.kernel}`);
    lines.push(`  <testsuite name="${name}" tests="${checks.length}" failures="${failures}">`);
    for (const check of checks) {
      const start = `    <testcase name="${xml(check.name)}" classname="${name}"`;
      if (check.failure === null) lines.push(`${start}/>`);
      else lines.push(`${start}>`, `      <failure>${xml(check.failure)}</failure>`, "    </testcase>");
    }
    lines.push("  </testsuite>");
  }
  return `${[...lines, "</testsuites>"].join("\n")}\n`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 has no control characters but these three. @see https://www.w3.org/TR/xml/#charsets */
function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? "").replace(/[^\P{Cc}\t\n\r]/gu, "\u{fffd}");
}
