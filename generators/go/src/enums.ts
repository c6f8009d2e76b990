import type { EnumDecl } from "@lbc/core/layout";
import { commentLines } from "./doc-comment.ts";
import { alignRows, type Row, stringLiteral } from "./gofmt.ts";
import { integerName } from "./spelling.ts";

/** An enum: an integer type, which holds any value, its constants, and their names. */
export function enumItems(decl: EnumDecl, name: string, constants: readonly string[]): string[] {
  const tag = decl.name === null ? decl.path : `enum ${decl.name}`;
  const doc = commentLines("", `${name} is \`${tag}\`.`, decl.doc);
  const type = [...doc, `type ${name} ${integerName(decl.bytes, decl.signed)}`].join("\n");
  if (decl.values.length === 0) return [type];
  const rows = decl.values.flatMap(({ value, doc }, index): Row[] => [
    ...commentLines("\t", doc),
    [constants[index] ?? "", `${name} = ${value}`],
  ]);
  return [
    type,
    [...commentLines("", `Values of ${name}.`), "const (", ...alignRows("\t", rows), ")"].join("\n"),
    [
      "// String is the name in C; values without one are shown as a number.",
      `func (e ${name}) String() string {`,
      "\tswitch e {",
      ...named(decl).flatMap(([index, text]) => [`\tcase ${constants[index]}:`, `\t\treturn ${stringLiteral(text)}`]),
      "\t}",
      `\treturn golbc.UnknownEnum(${stringLiteral(name)}, e)`,
      "}",
    ].join("\n"),
    [
      "// MarshalJSON writes the name in C; values without one are numbers.",
      `func (e ${name}) MarshalJSON() ([]byte, error) {`,
      "\treturn golbc.MarshalEnum(e)",
      "}",
    ].join("\n"),
    [
      "// UnmarshalJSON reads the name in C, or a number.",
      `func (e *${name}) UnmarshalJSON(data []byte) error {`,
      `\treturn golbc.UnmarshalEnum(data, e, ${named(decl)
        .map(([index]) => constants[index])
        .join(", ")})`,
      "}",
    ].join("\n"),
  ];
}

/** The first name of each value, with its place in the declaration. */
function named(decl: EnumDecl): [number, string][] {
  const seen = new Set<string>();
  return decl.values.flatMap(({ name, value }, index): [number, string][] => {
    if (seen.has(value)) return [];
    seen.add(value);
    return [[index, name]];
  });
}
