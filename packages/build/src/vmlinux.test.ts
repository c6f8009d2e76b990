import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isMadeHeader, vmlinuxFolder } from "./vmlinux.ts";

/** Of a kernel without BTF, where that is what the test is about. */
const kernel = vi.hoisted(() => ({ hasBtf: true }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const readFile = (path: string, encoding: "utf8" | null = null): Promise<Uint8Array | string> => {
    if (path === "/sys/kernel/btf/vmlinux" && !kernel.hasBtf)
      return Promise.reject(Object.assign(new Error("ENOENT: no such file or directory"), { code: "ENOENT", syscall: "open" }));
    return real.readFile(path, encoding);
  };
  return { ...real, readFile };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-vmlinux-"));
});
afterEach(async () => {
  kernel.hasBtf = true;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a kernel without BTF is told as such, with both ways out", async () => {
  kernel.hasBtf = false;
  vi.stubEnv("XDG_CACHE_HOME", folder);
  await expect(vmlinuxFolder()).rejects.toMatchObject({
    code: "vmlinux-unavailable",
    place: { file: "/sys/kernel/btf/vmlinux" },
    hint: expect.stringMatching(/CONFIG_DEBUG_INFO_BTF.*--btf FILE/),
  });
});

test("where the cache cannot be written, the header stands in a temporary folder, one for a process", async () => {
  await writeFile(join(folder, "file"), "");
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "file"));
  vi.stubEnv("TMPDIR", folder);
  const found = await vmlinuxFolder();
  expect(found.startsWith(join(folder, "lbc-vmlinux-"))).toBe(true);
  expect(isMadeHeader(join(found, "vmlinux.h"))).toBe(true);
  expect(await readFile(join(found, "vmlinux.h"), "utf8")).toContain("struct task_struct {");
  expect(await vmlinuxFolder()).toBe(found);
});

test("where nothing can be written, that is told, with how to name another cache", async () => {
  await writeFile(join(folder, "file"), "");
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "file"));
  vi.stubEnv("TMPDIR", join(folder, "file"));
  await expect(vmlinuxFolder()).rejects.toMatchObject({ code: "cannot-write", hint: expect.stringContaining("XDG_CACHE_HOME") });
});

test("the header is made once, and what is noted of another kernel is not taken", async () => {
  vi.stubEnv("XDG_CACHE_HOME", folder);
  const header = join(await vmlinuxFolder(), "vmlinux.h");
  const { mtimeMs } = await stat(header);
  const headers = join(folder, "lbc/vmlinux");
  const note = join(headers, (await readdir(headers)).find((name) => name.startsWith("running-")) ?? "");
  const noted = await readFile(note, "utf8");
  await writeFile(note, JSON.stringify({ kernel: "another build", content: "elsewhere" }));
  expect(join(await vmlinuxFolder(), "vmlinux.h")).toBe(header);
  expect(await readFile(note, "utf8")).toBe(noted);
  expect((await stat(header)).mtimeMs).toBe(mtimeMs);
});
