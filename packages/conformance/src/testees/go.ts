import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import type { TypeId } from "@lbc/core/layout";
import { type MemberSpelling, type Spelling, spell } from "@lbc/gen-go";
import { execa } from "execa";
import { root } from "../../../../tools/paths.ts";
import { isEmpty, leafCount, type Node, type ShapeMember, type Shapes } from "../suite/shape.ts";
import { outputLines } from "./output.ts";
import type { Testee, Unit } from "./testee.ts";

const prelude = fileURLToPath(new URL("programs/testee.go.txt", import.meta.url));
const runtime = "github.com/lbc-dev/lbc/packages/golbc";

/** Neither optimized nor to be debugged: that takes half of the time. */
const quickly = ["-gcflags=conformance/...=-N -l -dwarf=0", "-ldflags=-s -w"];
/** The compiler is a Go program too, which spends a fifth of its time on garbage. */
const seldomCollected = { GOGC: "off", GOMEMLIMIT: "1GiB" };

/** The generated packages in one Go program. */
export const go: Testee = {
  anyByteOrder: true,
  async build(units, folder) {
    for (const unit of units) {
      await writeFiles(unit.sdk.below("sdk"), join(folder, unit.key));
      await writeFile(join(folder, unit.key, "unit.go"), packageOf(unit, spell(unit.layout)));
    }
    await mkdir(join(folder, "testee"));
    await copyFile(prelude, join(folder, "testee/testee.go"));
    await writeFile(join(folder, "main.go"), mainOf(units));
    const golbc = join(root, "packages/golbc");
    for (const file of ["go.mod", "go.sum"]) await copyFile(join(golbc, file), join(folder, file));
    const options = { cwd: folder, env: { GOFLAGS: "-mod=mod", GOPROXY: "off", ...seldomCollected } };
    await execa("go", ["mod", "edit", "-module=conformance", `-require=${runtime}@v0.0.0`, `-replace=${runtime}=${golbc}`], options);
    await execa("go", ["build", ...quickly, "-o", "program", "."], options);
    return ({ key, input }) => outputLines(join(folder, "program"), [key, input]);
  },
};

function mainOf(units: readonly Unit[]): string {
  return [
    "package main",
    "",
    `import (\n\t"os"\n\n${units.map(({ key }) => `\t"conformance/${key}"\n`).join("")})`,
    "",
    "func main() {",
    "\tswitch os.Args[1] {",
    ...units.map(({ key }) => `\tcase "${key}":\n\t\t${key}.Run()`),
    "\t}",
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

function packageOf({ key, shapes, roots, layout }: Unit, names: Spelling): string {
  const named = [...shapes].flatMap(([id, members]): Named[] => {
    const name = names.types.get(id);
    return name === undefined ? [] : [{ id, name, members, spelled: names.members.get(id) ?? [] }];
  });
  return [
    `package ${key}`,
    "",
    'import (\n\t"encoding/binary"\n\t"unsafe"\n',
    `\t. "conformance/testee"\n\t${named.length === 0 ? "_" : "sdk"} "conformance/${key}/sdk"\n)`,
    "",
    `var order binary.ByteOrder = binary.${layout.object.endianness === "little" ? "Little" : "Big"}Endian`,
    "",
    "var _ unsafe.Pointer",
    ...named.flatMap((type) => [showFunction(type, shapes), copyFunction(type, shapes)]),
    "func Run() {",
    ...named.map(factsCall),
    "\tReadRecords(func(r Record) {",
    "\t\tswitch r.Kind {",
    ...roots.map((id) => `\t\tcase ${id}:\n\t\t\tShowResult(r, order, show${id}, copy${id})`),
    "\t\t}",
    "\t})",
    "\tFlush()",
    "}",
    "",
  ].join("\n");
}

/** Offsets of fields; what is reached through methods has none that the language could tell. */
function factsCall({ id, name, spelled }: Named): string {
  const zero = `sdk.${name}{}`;
  const places = spelled.map(({ read, isField }) =>
    isField ? `{unsafe.Offsetof(${zero}.${read}), unsafe.Sizeof(${zero}.${read})}` : "nil",
  );
  return `\tShowFacts(${id}, unsafe.Sizeof(${zero}), []Place{${places.join(", ")}})`;
}

function showFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) => {
    const member = spelled[index];
    if (isEmpty(node, shapes) || member === undefined) return [];
    if (member.isField || node.kind === "scalar") return [showStatement(node, reading("v", member))];
    return [`{\nvalue := ${reading("v", member)}\n${showStatement(node, "value")}\n}`];
  });
  return [`func show${id}(v *sdk.${name}, out *[]string) {`, ...lines, "}"].join("\n");
}

/** `value` can be addressed unless it is a scalar. */
function showStatement(node: Node, value: string): string {
  if (node.kind === "composite") return `show${node.id}(&${value}, out)`;
  if (node.kind === "array") return `for _, element := range ${value} {\n${showStatement(node.element, "element")}\n}`;
  switch (node.scalar.kind) {
    case "int":
      return node.bytes === 16 ? `ShowWide(${value}, out)` : `${node.scalar.signed ? "ShowSigned" : "ShowUnsigned"}(${value}, out)`;
    case "enum":
      return `${node.scalar.signed ? "ShowSigned" : "ShowUnsigned"}(${value}, out)`;
    case "pointer":
      return `ShowUnsigned(${value}, out)`;
    case "bool":
      return `ShowBool(${value}, out)`;
    case "float":
      return node.bytes === 4 ? `ShowFloat32(${value}, out)` : `ShowFloat64(${value}, out)`;
    case "text":
      return `ShowText(${value}.String(), out)`;
    case "bytes":
      return `{\nbytes := ${value}\nShowBytes(bytes[:], out)\n}`;
  }
}

function copyFunction({ id, name, members, spelled }: Named, shapes: Shapes): string {
  const lines = members.flatMap(({ node }, index) => {
    const member = spelled[index];
    if (isEmpty(node, shapes) || member === undefined) return [];
    const [a, b] = [reading("from", member), reading("to", member)];
    if (member.isField) return [copyStatement(node, a, b, 0)];
    const write = (value: string): string => (member.write === null ? `${b} = ${value}` : `to.${member.write}(${value})`);
    if (node.kind === "scalar") return [`if marks.Take() {\n${write(a)}\n}`];
    // what is written back as a whole is left alone unless it is marked: another union member may share its bytes
    return [`if marks.AnyOf(${leafCount(node, shapes)}) {\na, b := ${a}, ${b}\n${copyStatement(node, "a", "b", 0)}\n${write("b")}\n}`];
  });
  return [`func copy${id}(from, to *sdk.${name}, marks *Marks) {`, ...lines, "}"].join("\n");
}

/** Makes the marked leaves of `b` those of `a`. */
function copyStatement(node: Node, a: string, b: string, depth: number): string {
  if (node.kind === "composite") return `copy${node.id}(&${a}, &${b}, marks)`;
  if (node.kind === "scalar") return `if marks.Take() {\n${b} = ${a}\n}`;
  const at = `[i${depth}]`;
  return `for i${depth} := range ${b} {\n${copyStatement(node.element, a + at, b + at, depth + 1)}\n}`;
}

const reading = (from: string, { read, isField }: MemberSpelling): string => `${from}.${read}${isField ? "" : "()"}`;
