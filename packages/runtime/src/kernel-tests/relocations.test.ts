import { readFileSync } from "node:fs";
import { type Btf, type BtfComposite, readBtf } from "@lbc/core/btf";
import { expect, test } from "vitest";
import { OpenObject } from "../index.ts";
import { fixtureBytes, packet } from "./fixtures.test.support.ts";

function struct(btf: Btf, name: string): BtfComposite {
  const [id] = btf.find(name, "struct");
  const type = id === undefined ? undefined : btf.type(id);
  if (type?.kind !== "struct") throw new Error(`there is no struct ${name}`);
  return type;
}

// parity: core.kinds
test("each of the 13 kinds of relocations is resolved against the running kernel's types", () => {
  const open = OpenObject.open(fixtureBytes("relocations"));
  const own = open.declared.btf;
  if (own === null) throw new Error("the fixture has type information");
  const task = struct(readBtf(readFileSync("/sys/kernel/btf/vmlinux")), "task_struct");
  using loaded = open.load();
  loaded.program("relocate").testRun({ data: packet });
  const { view } = loaded.section(".bss");
  const found = Array.from({ length: 14 }, (_, index) => view.getUint32(4 * index, true));
  const ofTgid = [Number(task.members.find(({ name }) => name === "tgid")?.bitOffset) / 8, 4, 1, 1, 32, 32];
  const ofTask = [struct(own, "task_struct___view").id, task.id, 1, task.size, 1];
  expect(found).toEqual([...ofTgid, ...ofTask, 1, 2, 0]);
});
