import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Btf, type BtfComposite, type BtfType, readBtf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import { readElfSection } from "@lbc/core/elf";
import { type PrintedType, printedTypes } from "../../packages/conformance/src/index.ts";

/** Of the compilers that the header must suit, those that this machine has, the newest first; set-up installs one. */
export const clangs: readonly string[] = ["clang-19", "clang-18", "clang-16", "clang-14"].filter((name) =>
  (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, name))),
);

/** A member with a name, those of anonymous types among them. */
interface Leaf {
  /** Such as `a.b[0].c`. */
  readonly path: string;
  /** From the start of the outermost struct, in bits. */
  readonly offset: number;
  readonly bits: number;
  readonly isBitField: boolean;
}

/**
 * What differs between a BTF and the header that is printed from it, as clang lays it out: empty where both agree. Sizes,
 * offsets and the signs of enums are asserted in C; bit-fields and enumerators are compared with the BTF that clang writes for the header.
 */
export function differences(btf: Btf, clang: string, header = printC(btf)): string[] {
  const probes = printedTypes(btf);
  const folder = mkdtempSync(join(tmpdir(), "lbc-clang-header-"));
  const run = (source: string, ...flags: readonly string[]): string => {
    writeFileSync(join(folder, "probe.c"), source);
    const target = btf.endianness === "little" ? "bpfel" : "bpfeb";
    const common = ["-target", target, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-ferror-limit=5"];
    return spawnSync(clang, [...common, ...flags, "probe.c"], { cwd: folder, encoding: "utf8" }).stderr;
  };
  try {
    const refused = run([header, ...probes.flatMap((probe) => assertions(btf, probe)), ""].join("\n"), "-fsyntax-only");
    if (refused !== "") return [refused];
    const inBtf = probes.filter(({ id }) => needsBtf(btf, btf.resolve(id)));
    if (inBtf.length === 0) return [];
    const failed = run(
      [header, ...inBtf.map(({ spelling }, index) => `${spelling} probe_${index};`), ""].join("\n"),
      "-g",
      "-c",
      "-o",
      "probe.o",
    );
    if (failed !== "") return [failed];
    return compare(btf, inBtf, readFileSync(join(folder, "probe.o")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isComposite = (type: BtfType): type is BtfComposite => type.kind === "struct" || type.kind === "union";

/** C that does not compile where a size, an offset or the sign of an enum is another one. */
function assertions(btf: Btf, { id, spelling }: PrintedType): string[] {
  const type = btf.resolve(id);
  // clang 14 does not write the sign into BTF
  if (type.kind === "enum" && type.size > 0)
    return [`_Static_assert(((${spelling})-1 < (${spelling})1) == ${Number(type.signed)}, "sign of ${spelling}");`];
  if (!isComposite(type)) return [];
  const lines = [`_Static_assert(sizeof(${spelling}) == ${type.size}, "${spelling}");`];
  for (const { path, offset, bits, isBitField } of leaves(btf, type, 0, "")) {
    if (isBitField) continue;
    lines.push(`_Static_assert(__builtin_offsetof(${spelling}, ${path}) == ${offset / 8}, "${spelling}.${path}");`);
    lines.push(`_Static_assert(sizeof(((${spelling} *)0)->${path}) == ${bits / 8}, "${spelling}.${path}");`);
  }
  return lines;
}

function needsBtf(btf: Btf, type: BtfType): boolean {
  return type.kind === "enum" || (isComposite(type) && leaves(btf, type, 0, "").some((leaf) => leaf.isBitField));
}

function compare(btf: Btf, probes: readonly PrintedType[], object: Uint8Array): string[] {
  const section = readElfSection(object, ".BTF");
  if (section === undefined) throw new Error("clang wrote no BTF");
  const compiled = readBtf(section);
  const found: string[] = [];
  probes.forEach(({ id, spelling }, index) => {
    const [variable = 0] = compiled.find(`probe_${index}`, "variable");
    const declared = compiled.type(variable);
    const there = declared.kind === "variable" ? compiled.resolve(declared.type) : declared;
    // Until clang 15 its BTF has the lower half of an enumerator only.
    const valueBits = there.kind === "enum" && !there.wide ? 32 : 64;
    const expected = describe(btf, btf.resolve(id), valueBits);
    const actual = describe(compiled, there, valueBits);
    if (expected !== actual) found.push(`${spelling}\n  BTF:   ${expected}\n  clang: ${actual}`);
  });
  return found;
}

/** A struct or union by its size and its members at their bits, an enum by its size and values. */
function describe(btf: Btf, type: BtfType, valueBits: number): string {
  const bits = Math.min(valueBits, "size" in type ? type.size * 8 : 0);
  if (type.kind === "enum") return `${type.size}: ${type.values.map(({ value }) => BigInt.asUintN(bits, value)).join(" ")}`;
  if (!isComposite(type)) return type.kind;
  const members = leaves(btf, type, 0, "").map(({ path, offset, bits }) => `${path}@${offset}:${bits}`);
  return `${type.size}: ${members.sort().join(" ")}`;
}

function leaves(btf: Btf, type: BtfComposite, base: number, prefix: string): Leaf[] {
  return type.members.flatMap((member) => {
    if (member.name.startsWith("__lbc_gap")) return [];
    const resolved = btf.resolve(member.type);
    const range = bitRange(btf, resolved, base + member.bitOffset, member.bitSize);
    const path = `${prefix}${member.name}`;
    const own = member.name === "" ? [] : [{ path, ...range }];
    const held = elementOf(btf, resolved);
    if (!isComposite(held.type) || (held.type.name !== "" && member.name !== "")) return own;
    const inner = member.name === "" ? prefix : `${path}${"[0]".repeat(held.arrays)}.`;
    return [...own, ...leaves(btf, held.type, range.offset, inner)];
  });
}

/** Of a plain member all the bits of its type; BTF before Linux 4.20 has bit-fields in the integer's type. */
function bitRange(btf: Btf, type: BtfType, offset: number, bitSize: number): Omit<Leaf, "path"> {
  if (bitSize !== 0) return { offset, bits: bitSize, isBitField: true };
  if (type.kind === "int" && type.bits !== type.size * 8) return { offset: offset + type.bitOffset, bits: type.bits, isBitField: true };
  return { offset, bits: btf.size(type.id) * 8, isBitField: false };
}

function elementOf(btf: Btf, type: BtfType): { readonly type: BtfType; readonly arrays: number } {
  let element = type;
  let arrays = 0;
  for (; element.kind === "array"; arrays++) element = btf.resolve(element.element);
  return { type: element, arrays };
}
