import { type DataSection, declOf, didYouMean, type Layout, leavesOf, resolveTypedefs, sizeOf, type Variable } from "@lbc/core/layout";
import { cType } from "../inspect/c-type.ts";
import { RunError } from "./errors.ts";
import { type Place, type Setting, setValue } from "./set-value.ts";

/** The bytes of the data sections before load. */
export interface Sections {
  section(name: string): { readonly view: DataView };
}

/**
 * Sets globals before load: `target_pid=42`, `config.names[1]=text`. Throws RunError `unknown-variable`, `not-settable`, `bad-value` or
 * `out-of-range`.
 */
export function applySettings(sections: Sections, layout: Layout, settings: readonly string[]): void {
  for (const text of settings) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new RunError("bad-value", { message: `"${text}" sets nothing`, hint: "write it as name=value" });
    const setting = { name: text.slice(0, equals).trim(), value: text.slice(equals + 1) };
    const { section, variable, rest } = findVariable(layout, setting.name);
    if (section.write === "never") {
      throw new RunError("not-settable", {
        type: variable.path,
        message: `${section.name} cannot be set: the kernel fills it`,
        hint: undefined,
      });
    }
    const { view } = sections.section(section.name);
    const place = follow(layout, { offset: variable.offset, type: variable.type, name: variable.name }, rest, setting);
    setValue({ layout, view, place, setting });
  }
}

/** The variable that a path begins with: a static one of a function is `function.name`. */
function findVariable(layout: Layout, name: string): { readonly section: DataSection; readonly variable: Variable; readonly rest: string } {
  const all = layout.sections
    .filter(({ kind }) => kind !== "strings")
    .flatMap((section) => section.members.flatMap((variable) => (variable.kind === "variable" ? [{ section, variable }] : [])));
  const begins = ({ variable: { path } }: (typeof all)[number]): boolean =>
    name === path || (/^[.[]/.test(name.slice(path.length)) && name.startsWith(path));
  const found = all.filter(begins).sort((a, b) => b.variable.path.length - a.variable.path.length)[0];
  if (found !== undefined) return { ...found, rest: name.slice(found.variable.path.length) };
  // bpf_printk() and BPF_SEQ_PRINTF() keep their formats in variables of their own.
  const known = all.map(({ variable }) => variable.path).filter((path) => !path.includes("___fmt"));
  const hint = didYouMean(name, known) ?? (known.length === 0 ? "it has none" : `it has ${known.join(", ")}`);
  throw new RunError("unknown-variable", { type: name, message: "the object has no such global", hint });
}

/** Follows `.member` and `[index]`. */
function follow(layout: Layout, start: Place, path: string, setting: Setting): Place {
  let place = start;
  for (const [step, member, index] of path.matchAll(/\.(\w+)|\[(\d+)\]|./gs)) {
    const type = resolveTypedefs(layout, place.type);
    const decl = type.kind === "named" ? declOf(layout, type) : null;
    if (member !== undefined && (decl?.kind === "struct" || decl?.kind === "union")) {
      const leaves = leavesOf(layout, decl);
      const leaf = leaves.find(({ name }) => name === member);
      if (leaf === undefined) {
        const names = leaves.map(({ name }) => name);
        const hint = didYouMean(member, names) ?? `it has ${names.join(", ")}`;
        throw new RunError("unknown-variable", { type: setting.name, message: `there is no member ${member}`, hint });
      }
      const offset = place.offset + leaf.offset;
      place =
        leaf.kind === "field"
          ? { offset, type: leaf.type, name: leaf.name }
          : {
              offset,
              type: leaf.member.type,
              name: leaf.name,
              bits: { bytes: leaf.size, shift: leaf.member.shift, bits: leaf.member.bitSize, signed: leaf.member.signed },
            };
    } else if (index !== undefined && type.kind === "array") {
      if (Number(index) >= type.length) {
        throw new RunError("out-of-range", { type: setting.name, message: `there are ${type.length} elements, the first is [0]` });
      }
      place = { offset: place.offset + Number(index) * sizeOf(layout, type.element), type: type.element, name: place.name };
    } else {
      const hint = "write members as config.name and elements as names[0]";
      throw new RunError("unknown-variable", {
        type: setting.name,
        message: `"${step}" leads nowhere in ${cType(layout, place.type)}`,
        hint,
      });
    }
  }
  return place;
}
