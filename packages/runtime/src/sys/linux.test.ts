import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { linuxSys, systemOf } from "./linux.ts";

test.each([
  ["darwin", "arm64"],
  ["win32", "x64"],
  ["linux", "ia32"],
])("on %s with %s nothing can be loaded, which is said", (platform, arch) => {
  expect(() => systemOf(platform, arch)).toThrow(
    expect.objectContaining({ code: "not-linux", message: expect.stringContaining(platform) }),
  );
});

test("a mapped file is written through memory, and a view that was kept is dead after unmap", () => {
  const sys = linuxSys();
  const folder = mkdtempSync(join(tmpdir(), "lbc-sys-"));
  const path = join(folder, "page");
  writeFileSync(path, new Uint8Array(sys.pageSize));
  const fd = openSync(path, "r+");
  const memory = sys.mmap(fd, sys.pageSize, 0, "read-write");
  if (typeof memory === "number") throw new Error(`mmap: ${memory}`);
  const view = new DataView(memory.buffer);
  view.setUint8(7, 42);
  expect(readFileSync(path)[7]).toBe(42);
  memory.unmap();
  memory.unmap();
  expect(() => view.getUint8(7)).toThrow(TypeError);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test("a call that fails gives the negative errno", () => {
  const sys = linuxSys();
  expect(sys.close(-1)).toBe(-9);
  expect(sys.mmap(-1, sys.pageSize, 0, "read")).toBe(-9);
  expect(sys.open("/no/such/file")).toBe(-2);
  expect(sys.bpf(9999, new Uint8Array(8))).toBe(-22);
  expect(sys.readFile("/no/such/file")).toBeNull();
  expect(sys.interfaceIndex("no-such-interface")).toBe(0);
});
