import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchKernel } from "./debian.ts";
import { ownKernel, unpackedKernel } from "./kernel.ts";
import { ending } from "./tools.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-kernels-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), "");
}

test("an older package has its image and configuration in boot, and its modules in lib", async () => {
  await put("boot/vmlinuz-6.1.0-50-amd64");
  await put("boot/config-6.1.0-50-amd64");
  await put("lib/modules/6.1.0-50-amd64/kernel/fs/9p/9p.ko");
  expect(await unpackedKernel(folder)).toEqual({
    release: "6.1.0-50-amd64",
    image: join(folder, "boot/vmlinuz-6.1.0-50-amd64"),
    modules: join(folder, "lib/modules/6.1.0-50-amd64"),
    config: join(folder, "boot/config-6.1.0-50-amd64"),
  });
});

test("a newer package has its image beside the modules, and its configuration where it has one", async () => {
  await put("usr/lib/modules/7.2.13/vmlinuz");
  const modules = join(folder, "usr/lib/modules/7.2.13");
  expect(await unpackedKernel(folder)).toEqual({ release: "7.2.13", image: join(modules, "vmlinuz"), modules, config: null });
  await put("usr/lib/modules/7.2.13/config");
  expect((await unpackedKernel(folder))?.config).toBe(join(modules, "config"));
});

test("a folder without an image, or none at all, holds no kernel", async () => {
  await put("lib/modules/6.1/modules.order");
  expect(await unpackedKernel(folder)).toBeNull();
  expect(await unpackedKernel(join(folder, "nothing"))).toBeNull();
});

test("a user's image that is missing, or no kernel, is refused with its name", async () => {
  await put("vmlinuz");
  await expect(ownKernel(join(folder, "nothing"))).rejects.toMatchObject({ code: "cannot-read", place: { file: join(folder, "nothing") } });
  await expect(ownKernel(join(folder, "vmlinuz"))).rejects.toMatchObject({ code: "no-kernel-image" });
});

test("a version that is not known is refused with those that are", async () => {
  await expect(fetchKernel("4.19")).rejects.toMatchObject({ code: "no-such-kernel", hint: expect.stringContaining("6.12") });
});

test("a kernel is downloaded once, and again where the cache holds it without its configuration", async () => {
  // A version that nothing can be downloaded for: what is returned comes from the cache.
  await put("4.19-boot/boot/vmlinuz-4.19.0-27-amd64");
  await expect(fetchKernel("4.19", folder)).rejects.toMatchObject({ code: "no-such-kernel" });
  await put("4.19-boot/boot/config-4.19.0-27-amd64");
  expect(await fetchKernel("4.19", folder)).toMatchObject({
    release: "4.19.0-27-amd64",
    config: join(folder, "4.19-boot/boot/config-4.19.0-27-amd64"),
  });
});

test("a program that is not installed is named with its package", async () => {
  const absent = Promise.reject(Object.assign(new Error("spawn"), { code: "ENOENT" }));
  await expect(ending("qemu-system-x86_64", absent)).rejects.toMatchObject({
    code: "tool-not-found",
    hint: "apt-get install qemu-system-x86",
  });
});
