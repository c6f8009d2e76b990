import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
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
const manifestOf = (name: string): string => `[package]
name = "${name}"
edition = "2024"

[dependencies]
rlbc = { path = ${JSON.stringify(join(root, "packages/rlbc"))} }

[profile.dev]
codegen-units = 2
debug = false
debug-assertions = false
incremental = false
overflow-checks = false
panic = "abort"

# the derive macros, which every struct runs through
[profile.dev.build-override]
opt-level = 3

[workspace]
`;

/** Programs are built side by side in one target folder, where they find the runtime compiled: each has a name of its own. */
let builds = 0;

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
    const name = `conformance_${process.pid}_${builds++}`;
    await writeFile(join(folder, "Cargo.toml"), manifestOf(name));
    await copyFile(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
    const target = join(root, "target/conformance");
    await execa("cargo", ["build", "--quiet", "--offline"], { cwd: folder, env: { CARGO_TARGET_DIR: target, RUSTFLAGS: "-Awarnings" } });
    const program = join(folder, "testee");
    await rename(join(target, "debug", name), program);
    await removeLeftovers(target, name);
    return ({ key, input }) => outputLines(program, [key, input]);
  },
};

/** What cargo keeps of a program that is built once. */
async function removeLeftovers(target: string, name: string): Promise<void> {
  for (const folder of ["debug", "debug/deps", "debug/.fingerprint"]) {
    const leftovers = (await readdir(join(target, folder))).filter((file) => /^(.*?)[-.]/.exec(file)?.[1] === name);
    for (const file of leftovers) await rm(join(target, folder, file), { recursive: true });
  }
}

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
  const type = `sdk::${name}`;
  const places = spelled.map(({ read, write }) => (write === null ? `place!(${type}, ${read})` : "None"));
  return `    out.facts(${id}, size_of::<${type}>(), align_of::<${type}>(), &[${places.join(", ")}]);`;
}

function showFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) => (isEmpty(node, shapes) ? [] : [showStatement(node, reading("v", spelled[index]), 0)]));
  return [`fn show_${id}(v: &sdk::${name}, out: &mut Values) {`, ...lines, "}"].join("\n");
}

/** Loops count: an iterator for each type of array would take longer to compile than all the rest. */
function showStatement(node: Node, value: string, depth: number): string {
  if (node.kind === "composite") return `show_${node.id}(&{ ${value} }, out);`;
  if (node.kind === "array") {
    const [array, index] = [`a${depth}`, `i${depth}`];
    return `let ${array} = ${value}; for ${index} in 0..${node.length} { ${showStatement(node.element, `${array}[${index}]`, depth + 1)} }`;
  }
  if (node.scalar.kind === "enum") return `{ ${value} }.get().show(out);`;
  return node.scalar.kind === "bytes" ? `show_bytes(&{ ${value} }, out);` : `{ ${value} }.show(out);`;
}

function copyFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) => {
    const member = spelled[index];
    if (isEmpty(node, shapes) || member === undefined) return [];
    const [a, b] = [reading("from", member), reading("to", member)];
    const assign = (value: string): string => (member.write === null ? `to.${member.read} = ${value};` : `to.${member.write}(${value});`);
    return [copyStatement(node, a, b, assign, 0)];
  });
  const head = `fn copy_${id}(from: sdk::${name}, mut to: sdk::${name}, marks: &mut Marks) -> sdk::${name} {`;
  return [head, ...lines, "    to", "}"].join("\n");
}

/** Makes the marked leaves of `b` those of `a`. */
function copyStatement(node: Node, a: string, b: string, assign: (value: string) => string, depth: number): string {
  if (node.kind === "composite") return assign(`copy_${node.id}(${a}, ${b}, marks)`);
  if (node.kind === "scalar") return `if marks.take() { ${assign(a)} }`;
  const [from, to, index] = [`a${depth}`, `b${depth}`, `i${depth}`];
  const at = (array: string): string => `${array}[${index}]`;
  const inner = copyStatement(node.element, at(from), at(to), (value) => `${at(to)} = ${value};`, depth + 1);
  return `let (${from}, mut ${to}) = (${a}, ${b}); for ${index} in 0..${node.length} { ${inner} } ${assign(to)}`;
}

const reading = (from: string, member: MemberSpelling | undefined): string =>
  `${from}.${member?.read}${member?.write === null ? "" : "()"}`;
