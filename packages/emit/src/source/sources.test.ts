import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourcesOf } from "./sources.ts";

const left = '#ifdef OLD\n#include "old.h"\n#endif\n/*\n#include "old.h"\n*/\n';
const source = '#include "event.h"\n#include "gone.h"\n#include "../far.h"\n#include <bpf.h>\nint run(void)\n{\n\treturn 1;\n}\n';
const header = "struct event { int pid; };\n";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-sources-"));
  await mkdir(join(folder, "bpf"));
  await writeFile(join(folder, "bpf/hello.bpf.c"), source);
  await writeFile(join(folder, "bpf/event.h"), header);
  await writeFile(join(folder, "bpf/old.h"), "struct event { long pid; };\n");
  await writeFile(join(folder, "far.h"), "/* Of somebody else. */\n");
});
afterEach(() => rm(folder, { recursive: true }));

/** The sources of an object whose line information has these lines of a file. */
function recorded(file: string, ...lines: readonly (readonly [line: number, source: string])[]): Promise<string[]> {
  const all = lines.map(([line, source]) => ({ section: "socket", offset: 0, file, line, source, fileAt: 0, sourceAt: 0, column: 1 }));
  return sourcesOf({ btfExt: { functions: [], lines: all, relocations: [] } });
}

test("a source is found where it was compiled, and the headers of its folder with it", async () => {
  expect(await recorded(join(folder, "bpf/hello.bpf.c"), [5, "int run(void)"], [7, "\treturn 1;"])).toEqual([source, header]);
});

test("headers that may not have been included are not among them", async () => {
  await writeFile(join(folder, "bpf/hello.bpf.c"), `${source}${left}`);
  expect(await recorded(join(folder, "bpf/hello.bpf.c"), [5, "int run(void)"])).toEqual([`${source}${left}`, header]);
});

test("a source that has changed since is another", async () => {
  expect(await recorded(join(folder, "bpf/hello.bpf.c"), [5, "int run(void)"], [7, "\treturn 2;"])).toEqual([]);
});

test("what is not there, is no C, no file or has no whole path is not looked for", async () => {
  execFileSync("mkfifo", [join(folder, "pipe.bpf.c")]);
  expect(await recorded(join(folder, "pipe.bpf.c"), [1, ""])).toEqual([]);
  expect(await recorded(join(folder, "missing.bpf.c"), [1, ""])).toEqual([]);
  expect(await recorded(folder, [1, ""])).toEqual([]);
  expect(await recorded("hello.bpf.c", [1, ""])).toEqual([]);
  expect(await sourcesOf({ btfExt: null })).toEqual([]);
});
