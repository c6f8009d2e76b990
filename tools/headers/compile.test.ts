import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, headersFolder, type Target, vmlinuxFolder } from "@lbc/build";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { root } from "../paths.ts";

const source = join(root, "tools/headers/macros.bpf.c");
/** The oldest that lbc supports first. */
const versions = ["clang-14", "clang-16", "clang-18", "clang-19"];
const installed: string[] = [];
for (const name of versions) if ((await execa(name, ["--version"], { reject: false })).exitCode === 0) installed.push(name);
const targets: readonly Target[] = ["x86", "arm64"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-headers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());

async function compileWith(
  clang: string,
  input: { source: string; input?: string },
  target: Target,
  flags: readonly string[],
): Promise<string> {
  vi.stubEnv("LBC_CLANG", clang);
  return compile({
    ...input,
    output: join(folder, "macros.bpf.o"),
    includes: [headersFolder()],
    systemIncludes: [await vmlinuxFolder()],
    flags: ["-Wextra", "-Werror", ...flags],
    architecture: target,
  });
}

test("a clang is there to test with", () => expect(installed).not.toEqual([]));

describe.each(installed.flatMap((clang) => targets.map((target) => ({ clang, target }))))("$clang for $target", ({ clang, target }) => {
  test("compiles every macro without a warning", async () => {
    expect(await compileWith(clang, { source }, target, [])).toBe("");
  });

  test("compiles lbc_debug() where it prints, and an arena", async () => {
    expect(await compileWith(clang, { source }, target, ["-DLBC_DEBUG", "-DTEST_ARENA"])).toBe("");
  });
});

describe.each(installed)("%s", (clang) => {
  test.each(["LBC_OUTPUT(ring, &other)", "LBC_EMIT(ctx, ring, &other)"])(
    "refuses %s of another struct, though warnings are none",
    async (call) => {
      const types = "struct event { u32 pid; };\nstruct other { u64 wide; };\n";
      const input = `#include "lbc.h"\n${types}LBC_RINGBUF(ring, struct event, 4096);\nlong f(void *ctx, struct other other) { return ${call}; }\n`;
      const failure = await compileWith(clang, { source: "-", input }, "x86", ["-Wno-error"]).catch((error) => error);
      expect(failure).toMatchObject({ code: "compile-failed" });
      expect(failure.diagnostics).toMatch(/<stdin>:5:\d+: error: incompatible pointer types/);
    },
  );

  test("lets LBC_OUTPUT() have what converts without a loss", async () => {
    const input = `#include "lbc.h"
LBC_RINGBUF(ring, u32, 4096);
long f(const u32 *a, void *b, int *c) { return LBC_OUTPUT(ring, a) + LBC_OUTPUT(ring, b) + LBC_OUTPUT(ring, c); }
`;
    await compileWith(clang, { source: "-", input }, "x86", ["-Wno-error"]);
  });

  test("has the byte order by the names of the C library in lbc.h alone, as pylcc does", async () => {
    const swapped = ["ntohs(0x1234) == 0x3412", "ntohl(0x12345678) == 0x78563412", "ntohll(0x12) == 0x1200000000000000"];
    const asserts = swapped.map((test) => `_Static_assert(${test}, "");\n_Static_assert(${test.replace("ntoh", "hton")}, "");\n`);
    expect(await compileWith(clang, { source: "-", input: `#include "lbc.h"\n${asserts.join("")}` }, "x86", [])).toBe("");
  });
});

describe("a mistake in the use of a macro is an error at its line", () => {
  const event = "struct event { u32 pid; };\n";
  test.each([
    [
      "an event of another type",
      `${event}LBC_RINGBUF(events, struct event, 4096);\nvoid f(u64 *x) { LBC_OUTPUT(events, x); }`,
      "<stdin>:4:",
    ],
    ["a type that does not exist", "LBC_RINGBUF(events, struct event, 4096);\nint x = sizeof(**events.type);", "<stdin>:2:"],
    ["a value of a type that does not exist", "LBC_HASH(map, u32, struct event, 8);", "<stdin>:2:"],
    ["a key of a type that does not exist", "LBC_HASH_OF_MAPS(map, struct event, 8, map);", "<stdin>:2:"],
    ["two maps of one name", "LBC_HASH(map, u32, u32, 1);\nLBC_HASH(map, u32, u64, 1);", "<stdin>:3:"],
    ["an argument too few", "LBC_HASH(map, u32, u32);", "<stdin>:2:"],
    ["a histogram by value", "LBC_HIST2(map);\nvoid f(void) { hist2_push(map, 1); }", "<stdin>:3:"],
  ])("%s", async (_what, code, place) => {
    const failure = await compileWith(installed.at(-1) ?? "", { source: "-", input: `#include "lbc.h"\n${code}\n` }, "x86", []).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: "compile-failed" });
    expect(failure.diagnostics).toContain(place);
  });
});
