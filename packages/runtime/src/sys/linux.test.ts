import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { permissionHint } from "./errno.ts";
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

test("a file is mapped as it is, once, and what cannot be mapped is null", () => {
  const sys = linuxSys();
  const here = fileURLToPath(import.meta.url);
  const mapped = sys.mapFile(here);
  expect(Buffer.from(mapped ?? []).equals(readFileSync(here))).toBe(true);
  expect(sys.mapFile(here)).toBe(mapped);
  expect([sys.mapFile("/no/such/file"), sys.mapFile("/proc/version"), sys.mapFile("/proc")]).toEqual([null, null, null]);
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

test("root, who is refused all the same, is not told to become root", () => {
  expect(permissionHint(false)).toContain("run as root");
  expect(permissionHint(true)).not.toContain("run as root");
  expect(permissionHint(true)).toMatch(/CapEff.*lockdown.*security module.*hypervisor/);
});

test("signals that come while they are blocked are delivered afterwards", async () => {
  let delivered = false;
  process.once("SIGUSR2", () => {
    delivered = true;
  });
  const blocked = linuxSys().withSignalsBlocked(() => {
    process.kill(process.pid, "SIGUSR2");
    return BigInt(`0x${/^SigBlk:\s*(\S+)/m.exec(readFileSync("/proc/thread-self/status", "utf8"))?.[1]}`);
  });
  const signal = 1n << BigInt(constants.signals.SIGUSR2 - 1);
  expect(blocked & signal).toBe(signal);
  for (let wait = 0; wait < 100 && !delivered; wait++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(delivered).toBe(true);
});
