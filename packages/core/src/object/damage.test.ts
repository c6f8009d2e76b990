import { expect, test } from "vitest";
import { variables, zeros } from "../elf/build-elf.test.support.ts";
import { readElf } from "../elf/index.ts";
import { buildObject, mapsElf, programs, Types } from "./build-object.test.support.ts";
import { exercise } from "./exercise.test.support.ts";
import { readObject } from "./index.ts";

/** An object with one of everything: 5 KB, so that each of its bytes can be damaged in turn. */
function oneOfEverything(): Uint8Array {
  const types = new Types();
  const inner = types.struct("inner", { type: types.uint(2), key: types.pointer(types.u32), value: types.pointer(types.u64) });
  const maps = {
    events: types.struct("", { type: types.uint(27, types.struct("event", { pid: types.u64 })), max_entries: types.uint(4096) }),
    outer: types.struct("", { type: types.uint(12), map_extra: types.ulong(1n), values: types.array(types.pointer(inner), 0) }, 16),
    one: inner,
  };
  const ops = types.struct("ops", { init: types.pointer(types.prototype()), flags: types.u64 });
  types.dataSection(".struct_ops", [[types.variable("my_ops", ops), 16]]);
  types.dataSection(".bss", [[types.variable("total", types.u64), 8]]);
  types.dataSection(".kconfig", [[types.variable("CONFIG_HZ", types.u32, "extern"), 4]]);
  types.dataSection(".ksyms", [[types.function("bpf_kfunc", "extern"), 0]]);
  const code = programs("?fentry.s/f", ["on_entry"]);
  const operation = programs("struct_ops/init", ["init"]);
  const elf = mapsElf(types, maps, {
    sections: [
      ...code.sections,
      ...operation.sections,
      zeros(".bss", 8),
      variables(".struct_ops", new Uint8Array(16)),
      variables("license", new Uint8Array([0x47, 0])),
    ],
    symbols: [
      ...code.symbols,
      ...operation.symbols,
      { name: "total", section: ".bss", size: 8, type: "object" },
      { name: "my_ops", section: ".struct_ops", size: 16, type: "object" },
      { name: "CONFIG_HZ", binding: "weak" },
      { name: "bpf_kfunc" },
    ],
    relocations: [
      { section: ".maps", offset: 80, symbol: "one" },
      { section: ".struct_ops", offset: 0, symbol: "init" },
    ],
  });
  return buildObject(types, elf);
}

const object = oneOfEverything();

test("the object that is damaged below has one of everything", () => {
  const read = readObject(readElf(object));
  expect([read.maps.length, read.programs.length, read.structOps.length, read.externs.length, read.data.length]).toEqual([3, 2, 1, 2, 2]);
});

test("cut at any byte, an object is refused with an error of lbc's own", () => {
  for (let length = 0; length < object.length; length++) exercise(object.subarray(0, length));
  expect(() => readElf(object.subarray(0, object.length - 1))).toThrow(expect.objectContaining({ code: "truncated" }));
});

test.each([
  ["all bits are set", () => 0xff],
  ["no bit is set", () => 0],
  ["the lowest bit is flipped", (byte: number) => byte ^ 1],
  ["the highest bit is flipped", (byte: number) => byte ^ 0x80],
  ["one is added", (byte: number) => byte + 1],
])("where in any one byte %s, an object is read or refused with an error of lbc's own, soon", (_how, damage) => {
  let slowest = 0;
  for (let at = 0; at < object.length; at++) {
    const damaged = object.slice();
    damaged[at] = damage(object[at] ?? 0);
    const start = performance.now();
    exercise(damaged);
    slowest = Math.max(slowest, performance.now() - start);
  }
  expect(slowest).toBeLessThan(1000);
});
