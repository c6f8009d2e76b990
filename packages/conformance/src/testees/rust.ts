import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import type { TypeId } from "@lbc/core/layout";
import { type MemberSpelling, type Spelling, spell } from "@lbc/gen-rust";
import { execa } from "execa";
import { root } from "../../../../tools/paths.ts";
import { isEmpty, type Node, type ShapeMember } from "../suite/shape.ts";
import type { Job, Testee } from "./testee.ts";

const prelude = fileURLToPath(new URL("programs/testee.rs", import.meta.url));

/** The generated crate's source as a module of a program. */
export const rust: Testee = {
  anyByteOrder: true,
  async run(job) {
    const source = join(job.folder, "src");
    await mkdir(source, { recursive: true });
    await writeFiles(job.sdk.below("sdk"), job.folder);
    await copyFile(prelude, join(source, "testee.rs"));
    await writeFile(join(source, "main.rs"), programOf(job, spell(job.layout)));
    const dependency = `rlbc = { path = ${JSON.stringify(join(root, "packages/rlbc"))} }`;
    const profile = "[profile.dev]\ndebug = false\nincremental = false\n";
    const head = '[package]\nname = "conformance"\nedition = "2024"\n';
    await writeFile(join(job.folder, "Cargo.toml"), [head, "[dependencies]", dependency, "", profile, "[workspace]", ""].join("\n"));
    await copyFile(join(root, "Cargo.lock"), join(job.folder, "Cargo.lock"));
    const target = join(root, "target/conformance");
    await execa("cargo", ["build", "--quiet", "--offline"], {
      cwd: job.folder,
      env: { CARGO_TARGET_DIR: target, RUSTFLAGS: "-Awarnings" },
    });
    const { stdout } = await execa(join(target, "debug/conformance"), [job.input], { maxBuffer: 2 ** 30 });
    return stdout.split("\n");
  },
};

function programOf({ shapes, roots }: Job, names: Spelling): string {
  const named = [...shapes].flatMap(([id, members]) => {
    const name = names.types.get(id);
    return name === undefined ? [] : [{ id, name, members, spelled: names.members.get(id) ?? [] }];
  });
  return [
    '#[path = "../sdk/src/lib.rs"]',
    "mod sdk;",
    "mod testee;",
    "use testee::*;",
    ...named.flatMap(({ id, name, members, spelled }) => [
      showFunction(id, name, members, spelled),
      copyFunction(id, name, members, spelled),
    ]),
    "fn main() {",
    "    let mut out = Output::new();",
    ...named.map(({ id, name, members, spelled }) => factsCall(id, name, members, spelled)),
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

/** Offsets of fields; what is reached through methods has none that the language could tell. */
function factsCall(id: TypeId, name: string, members: readonly ShapeMember[], spelled: readonly MemberSpelling[]): string {
  const places = members.map((_, index) => {
    const { read, write } = spelled[index] ?? { read: "", write: "" };
    return write === null ? `place!(sdk::${name}, ${read})` : "None";
  });
  return `    out.facts::<sdk::${name}>(${id}, &[${places.join(", ")}]);`;
}

function showFunction(id: TypeId, name: string, members: readonly ShapeMember[], spelled: readonly MemberSpelling[]): string {
  const lines = members.flatMap(({ node }, index) =>
    isEmpty(node) ? [] : [`    { let value = ${reading("v", spelled[index])}; ${showStatement(node, "value")} }`],
  );
  return [`fn show_${id}(v: &sdk::${name}, out: &mut Values) {`, ...lines, "}"].join("\n");
}

function showStatement(node: Node, value: string): string {
  if (node.kind === "composite") return `show_${node.id}(&${value}, out);`;
  if (node.kind === "array") return `for element in ${value} { ${showStatement(node.element, "element")} }`;
  if (node.scalar.kind === "enum") return `${value}.get().show(out);`;
  return node.scalar.kind === "bytes" ? `show_bytes(&${value}, out);` : `${value}.show(out);`;
}

function copyFunction(id: TypeId, name: string, members: readonly ShapeMember[], spelled: readonly MemberSpelling[]): string {
  const lines = members.flatMap(({ node }, index) => {
    const member = spelled[index];
    if (isEmpty(node) || member === undefined) return [];
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
