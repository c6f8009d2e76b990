import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kernelVersion } from "../kernel/version.ts";
import { linuxSys } from "../sys/linux.ts";
import { openFixture, packet } from "./fixtures.test.support.ts";
import { kernelBefore, kernelWithout, skipFor } from "./needs.test.support.ts";

/** A variable of the object's .bss, as a number. */
type Variable = (name: string) => number;

function read(program = "read_externs"): Variable {
  const open = openFixture("externs");
  open.program(program).autoload = true;
  const variables = open.declared.data.find(({ kind }) => kind === "bss")?.variables ?? [];
  const loaded = open.load();
  loaded.program(program).testRun({ data: packet });
  const values = new Map(
    variables.map(({ name, offset, size }) => {
      const { view } = loaded.section(".bss");
      return [name, size === 8 ? Number(view.getBigUint64(offset, true)) : view.getInt32(offset, true)];
    }),
  );
  loaded.close();
  return (name) => values.get(name) ?? Number.NaN;
}

// parity: data.kconfig
test("options of the kernel's configuration are what it was built with, and zero where they are weak and missing", () => {
  const value = read();
  expect(value("version")).toBe(kernelVersion(linuxSys()));
  expect([100, 250, 300, 1000]).toContain(value("hz"));
  expect([value("has_bpf"), value("has_option")]).toEqual([1, 0]);
});

// parity: data.ksym
test("symbols of the kernel have their addresses, and none where they are weak and missing", () => {
  const value = read();
  const address = /^([0-9a-f]+) . vfs_read$/m.exec(readFileSync("/proc/kallsyms", "utf8"))?.[1] ?? "";
  expect(value("address")).toBe(Number(BigInt(`0x${address}`)));
  expect(value("has_symbol")).toBe(0);
});

test("variables of the kernel are read by their type", ({ skip }) => {
  skipFor(skip, kernelBefore("5.11") ?? kernelWithout("bpf_prog_active"));
  expect(read("read_variable")("has_variable")).toBe(1);
});

// parity: data.kfunc
test("functions of the kernel are called where they are there", ({ skip }) => {
  skipFor(skip, kernelBefore("6.2"));
  const value = read();
  expect([value("called"), value("has_function")]).toEqual([1, 0]);
});
