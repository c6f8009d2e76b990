import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFiles } from "@lbc/build";
import type { TypeId } from "@lbc/core/layout";
import { spell } from "@lbc/gen-c";
import { execa } from "execa";
import { isEmpty, type Node, type Shapes } from "../suite/shape.ts";
import { outputLines } from "./output.ts";
import type { Testee, Unit } from "./testee.ts";

/** Compilers that have to understand a header alike: of an enum's integer type, both choose by rules of their own. */
const compilers = ["gcc", "clang-19"] as const;

/** The generated header in C, compiled for this machine. */
export const c: Testee = {
  anyByteOrder: false,
  async build(units, folder) {
    for (const unit of units) {
      const own = join(folder, unit.key);
      await writeFiles(unit.sdk, own);
      const { types, members } = spell(unit.layout);
      const names: CNames = { type: (id) => types.get(id) ?? null, members };
      await buildC(unit, own, `#include "${unit.layout.object.name}.types.h"`, names);
    }
    return async ({ key, input }) => {
      const outputOf = (compiler: string) => outputLines(join(folder, key, compiler), [input]);
      const [lines, others] = await Promise.all([outputOf("gcc"), outputOf("clang-19")]);
      const differing = lines.findIndex((line, index) => line !== others[index]);
      if (differing !== -1) throw new Error(`gcc and clang differ: ${lines[differing]} and ${others[differing]}`);
      return lines;
    };
  },
};

/** How a header spells types and members. */
interface CNames {
  /** null where C cannot name the type: its members are then seen through a type that can be named. */
  type(id: TypeId): string | null;
  /** Those of anonymous members included. */
  readonly members: ReadonlyMap<TypeId, readonly string[]>;
}

/** Builds a C program over the declarations of a header: in a folder, one of each compiler's name. */
async function buildC(unit: Unit, folder: string, header: string, names: CNames): Promise<void> {
  const source = join(folder, "testee.c");
  await copyFile(new URL("programs/testee.h", import.meta.url), join(folder, "testee.h"));
  await writeFile(source, programOf(unit, header, names));
  const flags = ["-std=gnu11", "-fsigned-char", "-w", "-O0"];
  await Promise.all(compilers.map((compiler) => execa(compiler, [...flags, "-o", join(folder, compiler), source])));
}

function programOf({ shapes, roots }: Unit, header: string, names: CNames): string {
  const spelled = [...shapes.keys()].flatMap((id) => {
    const type = names.type(id);
    return type === null ? [] : [{ id, type }];
  });
  return [
    header,
    '#include "testee.h"',
    ...roots.flatMap((id) => accessors(id, names, shapes)),
    "int main(int argc, char **argv)",
    "{",
    "\tread_records(argv[1]);",
    ...spelled.map(({ id, type }) => `\t${factsCall(id, type, names, shapes)}`),
    "\twhile (next_record()) {",
    "\t\tswitch (record.type) {",
    ...roots.map((id) => `\t\tcase ${id}: RUN(${id}, ${names.type(id)}); break;`),
    "\t\t}",
    "\t}",
    "\treturn 0;",
    "}",
    "",
  ].join("\n");
}

function factsCall(id: TypeId, type: string, names: CNames, shapes: Shapes): string {
  const members = (shapes.get(id) ?? []).map(({ member }, index) => {
    const name = names.members.get(id)?.[index] ?? "";
    if (member.kind === "bits") return "-1L, -1L";
    // a flexible array has no sizeof
    const size = member.size === 0 ? "0L" : `(long)sizeof(((${type} *)0)->${name})`;
    return `(long)offsetof(${type}, ${name}), ${size}`;
  });
  return `FACTS(${id}, ${type}, ${[...members, "-2L"].join(", ")});`;
}

/** Functions that show and copy a type; what it contains is spelled out in them, since not every C type has a name. */
function accessors(id: TypeId, names: CNames, shapes: Shapes): string[] {
  const statements = (
    node: Node,
    place: string,
    depth: number,
    leaf: (node: Node & { kind: "scalar" }, place: string) => string,
  ): string[] => {
    const indent = "\t".repeat(depth + 1);
    if (node.kind === "scalar") return [indent + leaf(node, place)];
    if (node.kind === "array") {
      const index = `i${depth}`;
      const head = `${indent}for (int ${index} = 0; ${index} < ${node.length}; ${index}++) {`;
      return [head, ...statements(node.element, `${place}[${index}]`, depth + 1, leaf), `${indent}}`];
    }
    return (shapes.get(node.id) ?? []).flatMap((member, index) =>
      isEmpty(member.node, shapes) ? [] : statements(member.node, `${place}.${names.members.get(node.id)?.[index]}`, depth, leaf),
    );
  };
  const root: Node = { kind: "composite", id };
  const type = names.type(id);
  return [
    `static void show_${id}(const ${type} *from)`,
    "{",
    ...statements(root, "(*from)", 0, (node, place) => showStatement(node, place)),
    "}",
    `static void copy_${id}(const ${type} *from, ${type} *to)`,
    "{",
    ...statements(root, "@", 0, (node, place) => copyStatement(node, place)),
    "}",
  ];
}

function showStatement({ scalar, bytes }: Node & { kind: "scalar" }, place: string): string {
  switch (scalar.kind) {
    case "int":
    case "enum":
      return `${scalar.signed ? "show_signed" : "show_unsigned"}(${place});`;
    case "bool":
    case "pointer":
      return `show_unsigned((unsigned long long)${place});`;
    case "float":
      return bytes === 4 ? `show_float(${place});` : `show_double(${place});`;
    case "text":
      return `show_text(${place}, ${bytes});`;
    case "bytes":
      return `show_bytes(&${place}, ${bytes});`;
  }
}

function copyStatement({ scalar, bytes }: Node & { kind: "scalar" }, place: string): string {
  const [from, to] = ["(*from)", "(*to)"].map((whole) => place.replace("@", whole));
  if (scalar.kind === "text" || scalar.kind === "bytes") return `if (next_mark()) memcpy(&${to}, &${from}, ${bytes});`;
  return `if (next_mark()) ${to} = ${from};`;
}
