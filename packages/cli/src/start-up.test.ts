import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "lbc-start-up-"));
  await imported("vmlinux");
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** A program that runs the command and then prints what it imported: files of lbc from their package on, and Node's libraries. */
const program = (argv: readonly string[]): string => `
import { registerHooks } from "node:module";
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
const { main } = await import(${JSON.stringify(new URL("index.ts", import.meta.url).href)});
const silent = { write: () => true };
await main(${JSON.stringify(argv)}, { stdout: silent, stderr: silent, env: {} });
console.log(urls.map((url) => url.replace(/.*\\/(packages|generators)\\//, "")).join("\\n"));`;

async function imported(...argv: readonly string[]): Promise<string[]> {
  const args = ["--conditions=@lbc/source", "--input-type=module", "--eval", program(argv)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, XDG_CACHE_HOME: cache } });
  return stdout.trim().split("\n");
}

/** What takes as long to import as all the rest: readers, generators, and the library of Node that loads most others. */
const slow = /^core\/src\/(btf|c-printer|elf|layout|object)\/|^(c|go|python|rust|typescript)\/src\/|^node:crypto$/;

describe("what is not needed is not imported", () => {
  test.each([[["--version"]], [["--help"]], [["build", "--help"]], [["vmlinux"]]])("by lbc %j", async (argv) => {
    const urls = await imported(...argv);
    expect(urls).toContain("cli/src/program.ts");
    expect(urls.filter((url) => slow.test(url))).toEqual([]);
  });

  test("by lbc build, with a compilation and without", async () => {
    const source = join(cache, "one.bpf.c");
    await writeFile(source, 'char LICENSE[] __attribute__((section("license"), used)) = "GPL";\n');
    for (const isCompiled of [true, false]) {
      const urls = await imported("build", source, "-o", join(cache, "one.bpf.o"));
      expect(urls.filter((url) => url !== "node:crypto" && slow.test(url))).toEqual([]);
      expect(urls.includes("build/src/lookups.ts")).toBe(isCompiled);
    }
  });

  test("by a command of those that others need", async () => {
    expect((await imported("vmlinux")).filter((url) => /cli\/src\/(run|test|gen|new)-command/.test(url))).toEqual([]);
    expect(await imported("--help")).toContain("cli/src/run-command.ts");
  });
});

test("a header that is to be printed is printed", async () => {
  expect(await imported("vmlinux", "--only", "pid_t")).toContain("core/src/c-printer/index.ts");
});
