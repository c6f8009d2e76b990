import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import type { TypeId } from "@lbc/core/layout";
import { type MemberSpelling, type Spelling, spell } from "@lbc/gen-rust";
import { execa } from "execa";
import { root } from "../../../../tools/paths.ts";
import { isEmpty, type Node, type ShapeMember, type Shapes } from "../suite/shape.ts";
import { outputLines } from "./output.ts";
import type { Testee, Unit } from "./testee.ts";

const prelude = fileURLToPath(new URL("programs/testee.rs", import.meta.url));
const manifest = `[package]
name = "conformance"
edition = "2024"

[dependencies]
rlbc = { path = ${JSON.stringify(join(root, "packages/rlbc"))} }

[profile.dev]
debug = false
incremental = false

[workspace]
`;

/** The generated crates' sources as modules of one program. */
export const rust: Testee = {
  anyByteOrder: true,
  async build(units, folder) {
    const source = join(folder, "src");
    await mkdir(source, { recursive: true });
    for (const unit of units) {
      await writeFiles(unit.sdk, join(folder, unit.key));
      await writeFile(join(source, `${unit.key}.rs`), moduleOf(unit, spell(unit.layout)));
    }
    await copyFile(prelude, join(source, "testee.rs"));
    await writeFile(join(source, "main.rs"), mainOf(units));
    await writeFile(join(folder, "Cargo.toml"), manifest);
    await copyFile(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
    const target = join(root, "target/conformance");
    await execa("cargo", ["build", "--quiet", "--offline"], { cwd: folder, env: { CARGO_TARGET_DIR: target, RUSTFLAGS: "-Awarnings" } });
    const program = join(folder, "testee");
    await copyFile(join(target, "debug/conformance"), program);
    return ({ key, input }) => outputLines(program, [key, input]);
  },
};

function mainOf(units: readonly Unit[]): string {
  return [
    "mod testee;",
    ...units.map(({ key }) => `mod ${key};`),
    "fn main() {",
    "    match std::env::args().nth(1).unwrap().as_str() {",
    ...units.map(({ key }) => `        "${key}" => ${key}::run(),`),
    "        _ => unreachable!(),",
    "    }",
    "}",
    "",
  ].join("\n");
}

function moduleOf({ key, shapes, roots }: Unit, names: Spelling): string {
  const named = [...shapes].flatMap(([id, members]): Named[] => {
    const name = names.types.get(id);
    return name === undefined ? [] : [{ id, name, members, spelled: names.members.get(id) ?? [] }];
  });
  return [
    `#[path = "../${key}/src/lib.rs"]`,
    "mod sdk;",
    "use crate::{place, testee::*};",
    ...named.flatMap((type) => [showFunction(type, shapes), copyFunction(type, shapes)]),
    "pub fn run() {",
    "    let mut out = Output::new();",
    ...named.map(factsCall),
    "    for record in Records::read() {",
    "        match record.kind {",
    ...roots.map((id) => `            ${id} => out.result(&record, show_${id}, copy_${id}),`),
    "            _ => unreachable!(),",
    "        }",
    "    }",
    "    out.print();",
    "}",
    "",
  ].join("\n");
}

interface Named {
  readonly id: TypeId;
  readonly name: string;
  readonly members: readonly ShapeMember[];
  readonly spelled: readonly MemberSpelling[];
}

/** Offsets of fields; what is reached through methods has none that the language could tell. */
function factsCall({ id, name, spelled }: Named): string {
  const places = spelled.map(({ read, write }) => (write === null ? `place!(sdk::${name}, ${read})` : "None"));
  return `    out.facts::<sdk::${name}>(${id}, &[${places.join(", ")}]);`;
}

function showFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) =>
    isEmpty(node, shapes) ? [] : [`    { let value = ${reading("v", spelled[index])}; ${showStatement(node, "value")} }`],
  );
  return [`fn show_${id}(v: &sdk::${name}, out: &mut Values) {`, ...lines, "}"].join("\n");
}

function showStatement(node: Node, value: string): string {
  if (node.kind === "composite") return `show_${node.id}(&${value}, out);`;
  if (node.kind === "array") return `for element in ${value} { ${showStatement(node.element, "element")} }`;
  if (node.scalar.kind === "enum") return `${value}.get().show(out);`;
  return node.scalar.kind === "bytes" ? `show_bytes(&${value}, out);` : `${value}.show(out);`;
}

function copyFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) => {
    const member = spelled[index];
    if (isEmpty(node, shapes) || member === undefined) return [];
    const value = copyExpression(node, "a", "b");
    const write = member.write === null ? `to.${member.read} = value;` : `to.${member.write}(value);`;
    return [`    { let (a, b) = (${reading("from", member)}, ${reading("to", member)}); let value = ${value}; ${write} }`];
  });
  const head = `fn copy_${id}(from: sdk::${name}, mut to: sdk::${name}, marks: &mut Marks) -> sdk::${name} {`;
  return [head, ...lines, "    to", "}"].join("\n");
}

/** `a` where the leaf is marked, else `b`. */
function copyExpression(node: Node, a: string, b: string): string {
  if (node.kind === "composite") return `copy_${node.id}(${a}, ${b}, marks)`;
  if (node.kind === "scalar") return `if marks.take() { ${a} } else { ${b} }`;
  return `{ let (a, mut b) = (${a}, ${b}); for i in 0..${node.length} { b[i] = ${copyExpression(node.element, "a[i]", "b[i]")}; } b }`;
}

const reading = (from: string, member: MemberSpelling | undefined): string =>
  `${from}.${member?.read}${member?.write === null ? "" : "()"}`;
