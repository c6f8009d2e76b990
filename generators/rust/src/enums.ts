import type { EnumDecl } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { call } from "./expressions.ts";
import { constantNames } from "./names.ts";
import { arm, constant, docLines, implementation, inherent, stringLiteral, tupleStruct } from "./rustfmt.ts";
import { integerName, numberType, type TypeContext } from "./spelling.ts";
import { plain } from "./structs.ts";

const step = "    ";

/** An enum as a number with constants: a value that the program knows and this file does not survives. */
export function printEnum(context: TypeContext, name: string, decl: EnumDecl): string[] {
  const integer = integerName(decl.bytes, decl.signed);
  const stored = numberType(context, integer);
  const wrapped = stored !== integer;
  const struct = [
    ...docLines("", decl.doc ?? `\`enum ${decl.name ?? decl.path}\`, or a number that it does not name.`),
    "#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]",
    "#[repr(transparent)]",
    ...plain,
    tupleStruct(name, `pub ${stored}`),
  ];
  const constants = allocateNames(
    decl.values.map((value) => value.name),
    constantNames,
  );
  const methods = [
    inherent(name),
    ...decl.values.flatMap(({ value, doc }, index) => [
      ...docLines(step, doc),
      constant(step, `pub const ${constants[index]}`, "Self", call("Self::new", value)),
    ]),
    ...(decl.values.length === 0 ? [] : [""]),
    `${step}/// Any number, named or not.`,
    `${step}pub const fn new(value: ${integer}) -> Self {`,
    `${step}${step}Self(${wrapped ? `rlbc::Be::<${integer}>::new(value)` : "value"})`,
    `${step}}`,
    "",
    `${step}/// The number.`,
    `${step}pub const fn get(self) -> ${integer} {`,
    `${step}${step}self.0${wrapped ? ".get()" : ""}`,
    `${step}}`,
    "",
    `${step}/// The name in C.`,
    `${step}pub const fn name(self) -> Option<&'static str> {`,
    ...nameBody(decl),
    `${step}}`,
    "}",
  ];
  const formatted = (trait: string, body: readonly string[]): string[] => [
    implementation(`std::fmt::${trait}`, name),
    `${step}fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {`,
    ...body.map((line) => `${step}${step}${line}`),
    `${step}}`,
    "}",
  ];
  const display = formatted("Display", [
    "match self.name() {",
    `${step}Some(name) => f.pad(name),`,
    `${step}None => write!(f, "{}", self.get()),`,
    "}",
  ]);
  const debug = formatted("Debug", ['write!(f, "{self}")']);
  return [struct, methods, display, debug].map((lines) => lines.join("\n"));
}

/** Of several names for one number, the first. */
function nameBody(decl: EnumDecl): string[] {
  const first = decl.values.filter((value, index) => decl.values.findIndex((other) => other.value === value.value) === index);
  if (first.length === 0) return [`${step}${step}None`];
  const arms = first.map((value) => arm(`${step}${step}${step}`, value.value, call("Some", stringLiteral(value.name))));
  return [`${step}${step}match self.get() {`, ...arms, `${step}${step}${step}_ => None,`, `${step}${step}}`];
}
