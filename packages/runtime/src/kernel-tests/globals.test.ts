import { expect, test } from "vitest";
import { OpenObject } from "../index.ts";
import { fixtureBytes, openFixture, packet } from "./fixtures.test.support.ts";

// parity: data.constants
test("constants are set before load, and the program sees them", () => {
  const open = openFixture("maps");
  expect(open.section(".rodata").view.getUint32(0, true)).toBe(1);
  const text = new TextDecoder().decode(open.section(".rodata").view);
  open.section(".rodata").view.setUint8(text.indexOf("hello"), "j".charCodeAt(0));
  using loaded = open.load();
  expect(loaded.program("touch_maps").testRun({ data: packet }).returnValue).toBe(42 + "j".charCodeAt(0));
  expect(new TextDecoder().decode(loaded.section(".rodata").view)).toContain("jello");
});

// parity: data.live
test("variables are live: the program sees what user space writes, and the other way round", () => {
  using loaded = openFixture("maps").load();
  const bss = loaded.section(".bss").view;
  const before = bss.getBigUint64(0, true);
  loaded.section(".data.config").view.setUint32(0, 1000, true);
  expect(loaded.program("touch_maps").testRun({ data: packet, repeat: 3 }).returnValue).toBe(1000 + "h".charCodeAt(0));
  expect(bss.getBigUint64(0, true) - before).toBe(3n);
});

// parity: data.sections
test("initial values of .data are those of the source", () => {
  using loaded = openFixture("maps").load();
  expect(loaded.section(".data").view.getInt32(0, true)).toBe(7);
  expect(loaded.section(".data.config").view.getUint32(0, true)).toBe(42);
});

test("a section that was handed over, a map that is not there and an object that was loaded are refused by name", () => {
  const open = openFixture("maps");
  const rodata = open.section(".rodata");
  using loaded = open.load();
  expect(() => rodata.view).toThrow(expect.objectContaining({ code: "already-loaded" }));
  expect(() => open.load()).toThrow(expect.objectContaining({ code: "already-loaded" }));
  expect(() => loaded.map("none")).toThrow(expect.objectContaining({ code: "no-such-map", hint: expect.stringContaining("hash_map") }));
  expect(() => loaded.program("none")).toThrow(expect.objectContaining({ code: "no-such-program" }));
  expect(() => loaded.section(".none")).toThrow(expect.objectContaining({ code: "no-such-section" }));
});

// parity: programs.autoload
test("a program whose autoload is off is not there until it is switched on", () => {
  using without = openFixture("maps").load();
  expect(() => without.program("optional").testRun({ data: packet })).toThrow(expect.objectContaining({ code: "not-loaded" }));
  const open = openFixture("maps");
  open.program("optional").autoload = true;
  using loaded = open.load();
  expect(loaded.program("optional").testRun({ data: packet }).returnValue).toBe(7);
});

test("the same bytes can be loaded again: they are the caller's, and stay as they are", () => {
  const bytes = fixtureBytes("maps");
  const before = new Uint8Array(bytes);
  using first = OpenObject.open(bytes).load();
  using second = OpenObject.open(bytes).load();
  expect([first, second].map((loaded) => loaded.program("touch_maps").testRun({ data: packet }).returnValue)).toEqual([146, 146]);
  expect(new Uint8Array(bytes)).toEqual(before);
});

// parity: maps.max-entries
test("the number of entries can be changed before load", () => {
  const open = openFixture("maps");
  open.map("lru_map").maxEntries = 128;
  using loaded = open.load();
  expect(loaded.map("lru_map").maxEntries).toBe(128);
});

test("after close nothing touches memory that was unmapped", () => {
  const loaded = openFixture("maps").load();
  const section = loaded.section(".bss");
  const kept = section.view;
  const map = loaded.map("lru_map");
  loaded.close();
  loaded.close();
  expect(() => kept.getUint8(0)).toThrow(TypeError);
  expect(() => section.view).toThrow(expect.objectContaining({ code: "closed" }));
  expect(() => map.lookup(new Uint8Array(4))).toThrow(expect.objectContaining({ code: "closed" }));
  expect(() => loaded.program("touch_maps").testRun()).toThrow(expect.objectContaining({ code: "closed" }));
});

// parity: errors.unresolved
test("a kernel without the types that a program needs is named, with what the verifier said", () => {
  const emptyKernel = Uint8Array.from([0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  const open = OpenObject.open(fixtureBytes("attach"), { kernelBtf: emptyKernel });
  expect(() => open.load()).toThrow(
    expect.objectContaining({
      code: "verifier-refused",
      hint: expect.stringContaining("bpf_core_field_exists"),
      verifierLog: expect.stringContaining("195896080"),
    }),
  );
});
