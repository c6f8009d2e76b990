import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Captured, type CapturedProgram, captureOurs } from "./capture.test.support.ts";
import { objectsIn } from "./embedded-objects.test.support.ts";
import { fixtureBytes } from "./fixtures.test.support.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lbc-capture-"));
  const source = fileURLToPath(new URL("libbpf/capture.c", import.meta.url));
  execFileSync("cc", ["-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-o", join(folder, "capture"), source, "-lbpf", "-ldl"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function captureTheirs(object: Uint8Array): { readonly wanted: ReadonlySet<string>; readonly captured: Captured[] } {
  const file = join(folder, "object.bpf.o");
  writeFileSync(file, object);
  const lines = execFileSync(join(folder, "capture"), [file], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
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
/** BPF_F_MMAPABLE: we map every .bss, libbpf none that has static variables only. */
const mappable = 1 << 10;

function normalized(line: Captured): Captured {
  if ("program" in line) return { ...line, maps: line.maps.map(withoutPrefix) };
  return { ...line, map: withoutPrefix(line.map), flags: line.map.endsWith(".bss") ? line.flags | mappable : line.flags };
}

function compare(object: Uint8Array): { readonly ours: Captured[]; readonly theirs: Captured[] } {
  const { wanted, captured } = captureTheirs(object);
  return { ours: captureOurs(object, wanted).map(normalized), theirs: captured.map(normalized) };
}

const programs = (lines: readonly Captured[]): CapturedProgram[] => lines.filter((line) => "program" in line);
const maps = (lines: readonly Captured[]): string[] =>
  lines
    .filter((line) => !("program" in line))
    .map((line) => JSON.stringify(line))
    .sort();

test.each(["maps", "attach", "probes"] as const)("the programs and maps of %s.bpf.o are those that libbpf hands to the kernel", (name) => {
  const { ours, theirs } = compare(fixtureBytes(name));
  expect(programs(theirs).length).toBeGreaterThan(0);
  expect(programs(ours)).toEqual(programs(theirs));
  expect(maps(ours)).toEqual(maps(theirs));
});

test("so are those of all objects inside libbpf-tools, byte for byte", () => {
  const objects = objectsIn("/usr/sbin");
  expect(objects.length).toBeGreaterThanOrEqual(57);
  let compared = 0;
  for (const { name, bytes } of objects) {
    const { ours, theirs } = compare(bytes);
    expect(programs(ours), name).toEqual(programs(theirs));
    expect(maps(ours), name).toEqual(maps(theirs));
    compared += programs(theirs).length;
  }
  expect(compared).toBeGreaterThan(200);
});
