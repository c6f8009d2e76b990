import type { Layout, ProgramLayout } from "@lbc/core/layout";
import { type AttachTo, attachTo, targetKind } from "./attach.ts";
import { commentText, type FunctionNames, quote } from "./names.ts";

/** Which functions a program has. */
export function programVerbs(program: ProgramLayout): string[] {
  const to = attachTo(program);
  return [
    "set_autoload",
    ...(program.autoattach ? ["attach"] : []),
    ...(to === null ? [] : ["attach_to"]),
    ...(targetKind(program) === null ? [] : ["set_target"]),
    ...(program.autoattach || to?.ownsLink ? ["detach"] : []),
  ];
}

export function programViews(layout: Layout, members: readonly string[], functions: FunctionNames) {
  return layout.programs.map((program, index) => {
    const member = members[index] ?? "";
    const to = attachTo(program);
    const verbs = new Set(programVerbs(program));
    const name = (verb: string): string | null => (verbs.has(verb) ? functions.get(verb, member) : null);
    return {
      index,
      member,
      name: commentText(program.name),
      quotedName: quote(program.name),
      doc: commentText(program.doc === null ? program.section : `${program.section}: ${program.doc}`),
      autoloadNote: program.autoload ? "" : " (its section says not)",
      target: commentText(program.section),
      setAutoload: name("set_autoload"),
      attach: name("attach"),
      attachTo: name("attach_to"),
      attachToDoc:
        to === null ? null : `Attaches ${commentText(program.name)} ${to.doc}${to.ownsLink ? "; the skeleton owns the link" : ""}.`,
      gate: to?.gate ?? null,
      parameters: to?.parameters ?? null,
      attachBody: to === null ? [] : attachBody(to, member).map((line) => (line === "" ? "" : `\t${line}`)),
      setTarget: name("set_target"),
      targetKind: targetKind(program),
      detach: name("detach"),
    };
  });
}

function attachBody(to: AttachTo, member: string): string[] {
  const program = `skel->progs.${member}`;
  const call = to.call.replace("PROG", program);
  if (!to.ownsLink) return [`return ${call};`];
  const link = `skel->links.${member}`;
  return [`int err = clbc_program__attachable(${program}, ${link});`, "", `return err ? err : clbc_link__own(&${link}, ${call});`];
}
