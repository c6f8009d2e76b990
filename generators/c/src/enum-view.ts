import type { EnumDecl, Layout } from "@lbc/core/layout";
import { enumerator } from "./declarations.ts";
import { type FunctionNames, type NamePart, quote } from "./names.ts";
import type { Spelling } from "./spelling.ts";

/** `hello_bpf__name_state` names the values of `enum state`. */
export const nameVerb: NamePart = "name";

/** The enums whose values have names. */
export function namedEnums(layout: Layout): EnumDecl[] {
  return layout.types.filter((decl): decl is EnumDecl => decl.kind === "enum" && decl.values.length > 0);
}

/** What enums.hbs shows: for each enum a function from a value to its name, the first one of those with this value. */
export function enumViews(layout: Layout, spelling: Spelling, functions: FunctionNames) {
  return namedEnums(layout).map((decl) => {
    const first = decl.values.filter(({ value }, index) => decl.values.findIndex((other) => other.value === value) === index);
    return {
      function: functions.get(nameVerb, decl.path),
      parameter: spelling.declare({ kind: "named", id: decl.id }, "value"),
      // As a number: compilers know of no case beside the enumerators, and the enum may be the user's own.
      number: decl.signed ? "long long" : "unsigned long long",
      cases: first.map(({ name, value }) => ({ value: enumerator(value), name: quote(name) })),
    };
  });
}
