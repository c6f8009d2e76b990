import { readLayout } from "@lbc/build";
import { compositeOf, type Layout, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { cType } from "../../inspect/c-type.ts";
import { RunError } from "../errors.ts";
import { type CType, scalar } from "./builtins.ts";
import { questionName } from "./source.ts";
import type { KnownTypes } from "./statements.ts";

/** The types of the variables that the compiler was asked for. Throws RunError for one that C cannot name. */
export function answeredTypes(object: Uint8Array, count: number): KnownTypes {
  const { layout } = readLayout(object, { name: "types" });
  const variables = layout.sections.flatMap(({ members }) => members.filter((member) => member.kind === "variable"));
  return Array.from({ length: count }, (_, number) => {
    const name = questionName(number);
    const found = variables.find((variable) => variable.name.split(".").at(-1) === name);
    // A clause that no program came of has been refused before.
    if (found === undefined) throw new RangeError(`the compiler left ${name} out`);
    return typeOf(layout, found.type);
  });
}

/** How a field of this type is declared. Behind a pointer nothing is looked at: it is a number to print. */
function typeOf(layout: Layout, ref: TypeRef): CType {
  const type = resolveTypedefs(layout, ref);
  if (type.kind === "pointer") return scalar("const void *");
  const named = cType(layout, ref, "field");
  const isStruct = compositeOf(layout, ref) !== null;
  // A path of a type without a name of its own has characters that no C name has.
  if (/^[\w\s[\]*()]+$/.test(named)) return { declare: (name) => cType(layout, ref, name), isArray: type.kind === "array", isStruct };
  const declared = type.kind === "named" ? layout.types[type.id] : undefined;
  if (declared?.kind === "enum") return scalar(`${declared.signed ? "s" : "u"}${declared.bytes * 8}`);
  throw new RunError("bad-one-liner", {
    message: "a struct without a name cannot be sent as a whole",
    hint: "name the members that are wanted",
  });
}
