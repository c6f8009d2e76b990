import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelSymbols, ProcessSymbols, Symbolizer, symbolText } from "./index.ts";
import { PerfMap } from "./perf-map.ts";
import { parseMaps } from "./process-maps.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the kernel's functions", () => {
  const symbols = new KernelSymbols(
    encode(
      "ffffffff81000010 T first\nffffffff81000020 T second\nffffffff81000020 t alias\nffffffff81000030 d data\nffffffffc0000000 t hook\t[nf_tables]\n",
    ),
  );

  test.each([
    [0xffffffff81000010n, "first"],
    [0xffffffff8100001fn, "first+0xf"],
    [0xffffffff81000020n, "second"],
    [0xffffffff81000034n, "second+0x14"],
    [0xffffffffc0000004n, "hook+0x4 [nf_tables]"],
    [0xffffffff81000000n, "0xffffffff81000000"],
    [0xffffffffc0200000n, "0xffffffffc0200000"],
  ])("%s is %s", (address, text) => {
    expect(symbolText(symbols.resolve(address))).toBe(text);
  });

  test("that the kernel hides are an error that says what to do", () => {
    expect(() => new KernelSymbols(encode("0000000000000000 T first\n0000000000000000 T second\n"))).toThrow(
      expect.objectContaining({ code: "no-permission", hint: expect.stringContaining("kptr_restrict") }),
    );
  });

  test("of this machine are found by the addresses that it lists", () => {
    const lines = readFileSync("/proc/kallsyms", "utf8").matchAll(/^([0-9a-f]+) T (vfs_read|schedule)$/gm);
    const listed = new Map([...lines].map(([, address, name]) => [name, BigInt(`0x${address}`)]));
    expect(listed.size).toBe(2);
    const [read, schedule] = new Symbolizer().kernel([(listed.get("vfs_read") ?? 0n) + 5n, listed.get("schedule") ?? 0n]);
    expect(read).toMatchObject({ name: "vfs_read", offset: 5, module: null });
    expect(schedule).toMatchObject({ name: "schedule", offset: 0 });
  });
});

test("mappings are parsed from what /proc says, without those that hold no code", () => {
  const text =
    "5600-5700 r--p 00000000 fe:00 12                     /usr/bin/cat\n5700-5800 r-xp 00002000 fe:00 12   /usr/bin/a b (deleted)\n7f00-7f10 rwxp 00000000 00:00 0 \n";
  expect(parseMaps(text)).toEqual([
    { start: 0x5700n, end: 0x5800n, offset: 0x2000, identity: "fe:00 12", path: "/usr/bin/a b (deleted)" },
    { start: 0x7f00n, end: 0x7f10n, offset: 0, identity: "00:00 0", path: "" },
  ]);
});

test("of code that was compiled to the same place the last one counts", () => {
  const map = new PerfMap("1000 10 old\n1000 20 new name\n2000 8 other\n");
  expect(map.find(0x101fn)).toEqual({ name: "new name", offset: 0x1f });
  expect(map.find(0x1020n)).toBeNull();
  expect(map.find(0x2000n)?.name).toBe("other");
});

describe("functions of a process", () => {
  const source = `
    #include <stdio.h>
    #include <unistd.h>
    static __attribute__((noinline)) int hidden(int a) { return a + getpid(); }
    int visible(int a) { return hidden(a) * 2; }
    int main(void) { printf("%p %p\\n", (void *)hidden, (void *)visible); fflush(stdout); pause(); return visible(1); }`;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lbc-symbols-"));
    writeFileSync(join(folder, "target.c"), source);
    execFileSync("cc", ["-O1", "-rdynamic", "-o", join(folder, "target"), join(folder, "target.c")]);
    copyFileSync(join(folder, "target"), join(folder, "stripped"));
    execFileSync("strip", [join(folder, "stripped")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a program until the callback is done with its process and the addresses that it printed. */
  async function whileRunning(name: string, use: (pid: number, addresses: bigint[]) => void): Promise<void> {
    const child = spawn(join(folder, name), { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const printed = await new Promise<string>((resolve) => child.stdout.once("data", (data: Buffer) => resolve(data.toString())));
      use(child.pid ?? 0, printed.trim().split(" ").map(BigInt));
    } finally {
      child.kill("SIGKILL");
    }
  }

  // parity: helpers.process-symbols
  test("are found in its symbol table, static ones too", () =>
    whileRunning("target", (pid, [hidden = 0n, visible = 0n]) => {
      const symbols = new Symbolizer().user(pid, [hidden + 1n, visible]);
      expect(symbols).toEqual([
        { address: hidden + 1n, name: "hidden", offset: 1, module: join(folder, "target") },
        { address: visible, name: "visible", offset: 0, module: join(folder, "target") },
      ]);
      expect(symbols.map(symbolText)).toEqual(["hidden+0x1 [target]", "visible [target]"]);
    }));

  test("that were stripped are without a name, exported ones have theirs", () =>
    whileRunning("stripped", (pid, [hidden = 0n, visible = 0n]) => {
      expect(new Symbolizer().user(pid, [hidden, visible]).map(({ name }) => name)).toEqual([null, "visible"]);
    }));

  test("are found when the file was deleted", async () => {
    copyFileSync(join(folder, "target"), join(folder, "deleted"));
    execFileSync("chmod", ["755", join(folder, "deleted")]);
    await whileRunning("deleted", (pid, [hidden = 0n]) => {
      rmSync(join(folder, "deleted"));
      expect(new ProcessSymbols(pid).resolve(hidden)).toMatchObject({ name: "hidden", module: `${join(folder, "deleted")} (deleted)` });
    });
  });

  test("stay known after its end, if they were asked for before", async () => {
    const symbolizer = new Symbolizer();
    let address = 0n;
    let process = 0;
    await whileRunning("target", (pid, [hidden = 0n]) => {
      [process, address] = [pid, hidden];
      symbolizer.user(pid, [hidden]);
    });
    await expect.poll(() => new ProcessSymbols(process).resolve(address).module).toBeNull();
    expect(symbolizer.user(process, [address])[0]?.name).toBe("hidden");
    expect(symbolizer.user(2 ** 30, [address])[0]).toEqual({ address, name: null, offset: 0, module: null });
  });

  test("of a library and of the kernel's [vdso] are found", () => {
    const own = koffi.load(null);
    const library = own.func("uintptr_t dlopen(const char *path, int flags)")("libc.so.6", 1);
    const address = own.func("uintptr_t dlsym(uintptr_t handle, const char *name)")(library, "qsort");
    const [qsort] = new Symbolizer().user(process.pid, [BigInt(address)]);
    expect(qsort).toMatchObject({ name: "qsort", offset: 0, module: expect.stringContaining("libc.so.6") });
    const vdso = /^([0-9a-f]+)-.*\[vdso\]$/m.exec(readFileSync("/proc/self/maps", "utf8"))?.[1];
    const inside = Array.from({ length: 4096 }, (_, index) => BigInt(`0x${vdso}`) + BigInt(index));
    const names = new Set(new Symbolizer().user(process.pid, inside).map(({ name }) => name));
    expect([...names].join(" ")).toMatch(/gettime|getcpu/);
  });

  test("that a just-in-time compiler lists are found by its list", async () => {
    const script = "function hotLoop(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s } for (;;) hotLoop(1e6)";
    // V8 writes a log of its own beside the list, into the working directory.
    const cwd = mkdtempSync(join(tmpdir(), "lbc-"));
    const child = spawn(process.execPath, ["--perf-basic-prof", "-e", script], { cwd, stdio: "ignore", env: {} });
    const path = `/tmp/perf-${child.pid}.map`;
    try {
      await expect.poll(() => /^[0-9a-f]+ .*\*hotLoop\b/m.test(readFileSync(path, "utf8")), { timeout: 10_000 }).toBe(true);
      const start = /^([0-9a-f]+) .*\*hotLoop\b/m.exec(readFileSync(path, "utf8"))?.[1];
      expect(new ProcessSymbols(child.pid ?? 0).resolve(BigInt(`0x${start}`) + 4n)).toMatchObject({
        name: expect.stringContaining("hotLoop"),
        offset: 4,
      });
    } finally {
      child.kill("SIGKILL");
      rmSync(path, { force: true });
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});
