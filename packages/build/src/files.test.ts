import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FileSet } from "@lbc/emit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readInput, writeFiles, writeOutput } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("all files are written, and others in the folder stay", async () => {
  await writeFile(join(folder, "mine.txt"), "mine");
  const written = await writeFiles(new FileSet().add("a.txt", "a").add("deep/b.txt", "b"), folder);
  expect(written).toEqual([join(folder, "a.txt"), join(folder, "deep/b.txt")]);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(["a.txt", "deep", "deep/b.txt", "mine.txt"]);
  expect(await readFile(join(folder, "deep/b.txt"), "utf8")).toBe("b");
});

test("a folder that is missing is made, with its parents", async () => {
  await writeFiles(new FileSet().add("a.txt", "a"), join(folder, "x/y"));
  expect(await readFile(join(folder, "x/y/a.txt"), "utf8")).toBe("a");
});

test("a failure leaves nothing behind, neither files nor the folder that was made", async () => {
  await writeFile(join(folder, "blocked"), "a file where a folder has to be");
  await expect(writeFiles(new FileSet().add("a.txt", "a"), join(folder, "blocked/out"))).rejects.toMatchObject({ code: "cannot-write" });
  // The second file's folder is taken by a file: the first must not stay, nor the staging folder.
  const target = join(folder, "target");
  await mkdir(target);
  await writeFile(join(target, "taken"), "");
  await expect(writeFiles(new FileSet().add("taken/b.txt", "b").add("z.txt", "z"), target)).rejects.toMatchObject({ code: "cannot-write" });
  expect(await readdir(target)).toEqual(["taken"]);
});

test.each(["/proc/x/y", "/proc/x"])("%s, where no folder can be made, is refused", async (path) => {
  await expect(writeFiles(new FileSet().add("a.txt", "a"), path)).rejects.toMatchObject({ code: "cannot-write", place: { file: path } });
  await expect(writeOutput(join(path, "a.txt"), Buffer.of(1))).rejects.toMatchObject({ code: "cannot-write" });
});

test("a folder in a file's place is left alone, and nothing is written beside it", async () => {
  await mkdir(join(folder, "z.txt"));
  const refusal = { code: "cannot-write", hint: expect.stringContaining("a folder stands where a file has to be") };
  await expect(writeFiles(new FileSet().add("a.txt", "a").add("z.txt", "z"), folder)).rejects.toMatchObject(refusal);
  await expect(writeOutput(join(folder, "z.txt"), Buffer.of(1))).rejects.toMatchObject(refusal);
  expect(await readdir(folder)).toEqual(["z.txt"]);
});

test("a pipe is written to, and stays one", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const [, read] = await Promise.all([writeOutput(path, Buffer.from("content")), readFile(path, "utf8")]);
  expect(read).toBe("content");
  expect((await stat(path)).isFIFO()).toBe(true);
});

test.each([
  ["a missing file", "nothing.o", "ENOENT"],
  ["a folder", ".", "EISDIR"],
  ["a link to itself", "loop", "ELOOP"],
  ["a file that is far too large", "huge", "larger"],
])("%s is refused with a typed error that names it", async (_, name, words) => {
  await symlink(join(folder, "loop"), join(folder, "loop"));
  await writeFile(join(folder, "huge"), "");
  await truncate(join(folder, "huge"), 300 * 1024 * 1024);
  const path = join(folder, name);
  const refusal = await readInput(path).catch((error) => error);
  expect(refusal).toMatchObject({ code: "cannot-read", place: { file: path } });
  expect(`${refusal.message} ${refusal.cause?.code}`).toContain(words);
});

// Root may read everything.
test.skipIf(process.getuid?.() === 0)("a file without read permission is refused", async () => {
  const path = join(folder, "secret.o");
  await writeFile(path, "");
  await chmod(path, 0);
  await expect(readInput(path)).rejects.toMatchObject({ code: "cannot-read" });
});

test("a device without end is refused", async () => {
  await expect(readInput("/dev/zero")).rejects.toMatchObject({ code: "cannot-read" });
});

test("a pipe on standard input is read to its end", async () => {
  const program = `const { readInput } = await import(${JSON.stringify(new URL("files.ts", import.meta.url).href)});
    process.stdout.write(await readInput("/dev/stdin"));`;
  const { stdout } = await promisify(execFile)("sh", ["-c", 'printf "an object" | "$0" -e "$1"', process.execPath, program]);
  expect(stdout).toBe("an object");
});

test("a named pipe, which may have no writer, is refused at once", async () => {
  const pipe = join(folder, "pipe");
  await promisify(execFile)("mkfifo", [pipe]);
  await expect(readInput(pipe)).rejects.toMatchObject({ code: "cannot-read", hint: expect.stringContaining("/dev/stdin") });
});
