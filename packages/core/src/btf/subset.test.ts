import { expect, test } from "vitest";
import { printC } from "../c-printer/index.ts";
import { BtfBuilder } from "./build.ts";
import { readBtf } from "./read.ts";
import { subsetBtf } from "./subset.ts";
import type { Btf } from "./types.ts";

/** A kernel in small: a list, tasks in it, sockets that they point to, and a typedef of a pointer to a function. */
function kernel(): Btf {
  const btf = new BtfBuilder();
  const int = btf.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  const list = 2;
  btf.add({
    kind: "struct",
    name: "list_head",
    size: 16,
    members: ["next", "prev"].map((name, index) => ({ name, type: 3, bitOffset: index * 64, bitSize: 0 })),
  });
  btf.add({ kind: "pointer", name: "", type: list });
  const sock = btf.add({ kind: "struct", name: "sock", size: 4, members: [{ name: "family", type: int, bitOffset: 0, bitSize: 0 }] });
  const sockType = btf.add({ kind: "typedef", name: "sock_t", type: sock });
  const sockPointer = btf.add({ kind: "pointer", name: "", type: sockType });
  const prototype = btf.add({ kind: "function-prototype", name: "", result: 0, parameters: [{ name: "sk", type: sockPointer }] });
  const callback = btf.add({ kind: "pointer", name: "", type: prototype });
  const inside = btf.add({ kind: "struct", name: "", size: 4, members: [{ name: "id", type: int, bitOffset: 0, bitSize: 0 }] });
  const insidePointer = btf.add({ kind: "pointer", name: "", type: inside });
  const members = [list, callback, insidePointer, sockPointer].map((type, index) => ({
    name: ["tasks", "done", "inside", "sock"][index] ?? "",
    type,
    bitOffset: [0, 128, 192, 256][index] ?? 0,
    bitSize: 0,
  }));
  btf.add({ kind: "struct", name: "task", size: 40, members });
  btf.add({ kind: "struct", name: "unused", size: 40, members });
  return readBtf(btf.build());
}

const subset = (...names: string[]): Btf => {
  const btf = kernel();
  return subsetBtf(
    btf,
    names.flatMap((name) => btf.find(name)),
  );
};
const kindsOf = (btf: Btf, name: string): string[] => btf.find(name).map((id) => btf.kind(id));

test("a type comes with what it contains by value, and names what it points to", () => {
  const btf = subset("task");
  expect(kindsOf(btf, "list_head")).toEqual(["struct"]);
  expect(kindsOf(btf, "sock")).toEqual(["forward"]);
  expect(kindsOf(btf, "sock_t")).toEqual(["typedef"]);
  expect(kindsOf(btf, "unused")).toEqual([]);
  expect(btf.find("task").map((id) => btf.size(id))).toEqual([40]);
});

test("what is pointed to is complete where it is asked for as well, in either order", () => {
  expect(kindsOf(subset("task", "sock"), "sock")).toEqual(["struct"]);
  expect(kindsOf(subset("sock", "task"), "sock")).toEqual(["struct"]);
  expect(kindsOf(subset("task", "sock_t"), "sock")).toEqual(["struct"]);
});

test("an anonymous struct behind a pointer stays whole, as it has no name to declare", () => {
  const btf = subset("task");
  const [task] = btf.find("task").map((id) => btf.type(id));
  const member = task?.kind === "struct" ? task.members.find(({ name }) => name === "inside") : undefined;
  const pointer = btf.type(member?.type ?? 0);
  expect(pointer.kind === "pointer" && btf.resolve(pointer.type)).toMatchObject({ kind: "struct", size: 4 });
});

test("the same types in another order give the same BTF", () => {
  expect(printC(subset("sock", "task"))).toBe(printC(subset("task", "sock")));
});

test("nothing asked for is nothing", () => expect(subset().length).toBe(1));
