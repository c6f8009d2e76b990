import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBtf } from "@lbc/core/btf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Captured, type CapturedMap, type CapturedProgram, captureOurs } from "./capture.test.support.ts";
import { objectsIn } from "./embedded-objects.test.support.ts";
import { fixtureBytes } from "./fixtures.test.support.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lbc-capture-"));
  const source = fileURLToPath(new URL("libbpf/capture.c", import.meta.url));
  execFileSync("cc", ["-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-o", join(folder, "capture"), source, "-lbpf", "-ldl"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function captureTheirs(object: Uint8Array, btf?: string): { readonly wanted: ReadonlySet<string>; readonly captured: Captured[] } {
  const file = join(folder, "object.bpf.o");
  writeFileSync(file, object);
  const lines = execFileSync(join(folder, "capture"), [file, ...(btf === undefined ? [] : [btf])], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  })
    .trim()
    .split("\n");
  const all = lines.map((line) => JSON.parse(line) as Captured | { readonly autoload: string });
  return {
    wanted: new Set(all.flatMap((line) => ("autoload" in line ? [line.autoload] : []))),
    captured: all.filter((line): line is Captured => !("autoload" in line)),
  };
}

/** libbpf puts the object's name before those of sections; we put what the user says. */
const withoutPrefix = (name: string): string => name.replace(/^.*(?=\.)/, "");
/** BPF_F_MMAPABLE: we map every .bss and .data, libbpf none that has static variables only. */
const mappable = 1 << 10;

/** A call of a weak function that is missing: libbpf 1.1 leaves it as it is, later ones make it a call of helper 2002000000 and up. */
const missingCall = /^8520000000000000$|^85000000[0-9a-f]{4}5477$/;

function normalized<Line extends CapturedMap | CapturedProgram>(line: Line): Line {
  if ("program" in line) {
    const instructions = line.instructions.match(/.{16}/g)?.map((one) => one.replace(missingCall, "missing"));
    return { ...line, maps: line.maps.map(withoutPrefix), instructions: instructions?.join(" ") ?? "" };
  }
  return { ...line, map: withoutPrefix(line.map), flags: /\.(bss|data)$/.test(line.map) ? line.flags | mappable : line.flags };
}

/** The object's own type information: probes of the kernel are smaller. */
function typeInformation(lines: readonly Captured[]): Buffer {
  const all = lines.flatMap((line) => ("btf" in line ? [line.btf] : []));
  return Buffer.from(
    all.reduce((best, btf) => (btf.length > best.length ? btf : best), ""),
    "hex",
  );
}

/** A program's `struct bpf_line_info`s with their strings, which each loader may put where it likes. @see include/uapi/linux/btf.h */
function lineRecords(lines: string, btf: Buffer): string {
  const strings = btf.length === 0 ? btf : btf.subarray(btf.readUInt32LE(4) + btf.readUInt32LE(16));
  const text = (offset: number): string => strings.toString("utf8", offset, strings.indexOf(0, offset));
  const records = lines.match(/.{32}/g)?.map((record) => Buffer.from(record, "hex")) ?? [];
  return records
    .map((record) => `${record.readUInt32LE(0)} ${text(record.readUInt32LE(4))} ${record.readUInt32LE(12)} ${text(record.readUInt32LE(8))}`)
    .join("\n");
}

/** Every type, as text. */
function typesOf(information: Buffer): string[] {
  if (information.length === 0) return [];
  const btf = readBtf(information);
  return Array.from({ length: btf.length }, (_, id) =>
    JSON.stringify(btf.type(id), (_, value) => (typeof value === "bigint" ? `${value}` : value)),
  );
}

interface Handed {
  readonly programs: readonly CapturedProgram[];
  readonly maps: readonly CapturedMap[];
  readonly types: readonly string[];
}

/** In an order of its own where the loaders' may differ: libbpf makes the maps of data sections first. */
function sorted(lines: readonly Captured[]): Handed {
  const information = typeInformation(lines);
  const programs = lines.filter((line) => "program" in line).map(normalized);
  return {
    programs: programs.map((program) => ({ ...program, lines: lineRecords(program.lines, information) })),
    maps: lines
      .filter((line) => "map" in line)
      .map(normalized)
      .sort((a, b) => (a.map < b.map ? -1 : 1)),
    types: typesOf(information),
  };
}

/** By the running kernel's types, or by those of a BTF file. */
function compare(object: Uint8Array, btf?: string): { readonly ours: Handed; readonly theirs: Handed } {
  const { wanted, captured } = captureTheirs(object, btf);
  return { ours: sorted(captureOurs(object, wanted, btf)), theirs: sorted(captured) };
}

/** Debian 12's libbpf (1.1) knows no arenas. */
const fixtures = ["maps", "attach", "probes", "kinds", "links", "statics", "helpers", "externs"] as const;

test.each(fixtures)("the programs, maps and types of %s.bpf.o are those that libbpf hands to the kernel", (name) => {
  const { ours, theirs } = compare(fixtureBytes(name));
  expect(theirs.types.length).toBeGreaterThan(2);
  expect(theirs.programs.every(({ functions, lines, license }) => functions !== "" && lines !== "" && license !== "")).toBe(true);
  expect(ours).toEqual(theirs);
});

/** `LBC_BTFS=5.10/vmlinux.btf:6.12/vmlinux.btf`: types of other kernels, which CO-RE goes by as well. */
const kernels: readonly (string | null)[] = [null, ...(process.env["LBC_BTFS"] ?? "").split(":").filter((path) => path !== "")];

test.each(kernels)(
  "so are those of all objects inside libbpf-tools, byte for byte (types of the kernel: %s)",
  // Emulated, all objects take a minute and more.
  { timeout: 600_000 },
  (btf) => {
    const objects = objectsIn("/usr/sbin");
    expect(objects.length).toBeGreaterThanOrEqual(57);
    const compared = { programs: 0, maps: 0, types: 0 };
    for (const { name, bytes } of objects) {
      const { ours, theirs } = compare(bytes, btf ?? undefined);
      expect(ours, name).toEqual(theirs);
      compared.programs += theirs.programs.length;
      compared.maps += theirs.maps.length;
      compared.types += theirs.types.length;
    }
    expect(compared.programs).toBeGreaterThan(200);
    expect(compared.maps).toBeGreaterThan(100);
    expect(compared.types).toBeGreaterThan(10_000);
  },
);
