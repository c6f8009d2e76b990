import { expect, test } from "vitest";
import { fieldNames, fileStem, memberNames, packageName, packageNames, sectionNames } from "./names.ts";

test.each([
  ["execsnoop", "execsnoop"],
  ["my_tool.v2", "mytoolv2"],
  ["TcpLife", "tcplife"],
  ["range", "rangebpf"],
  ["main", "mainbpf"],
  ["internal", "internalbpf"],
  ["0day", "x0day"],
  ["___", "x"],
])("the package of %s is %s", (object, want) => expect(packageName(object)).toBe(want));

test("no file is one that Go leaves out because its name begins with an underscore", () => {
  expect(fileStem("_hidden.test")).toBe("hidden_test");
});

test("types that the generated package has itself get an underscore, and the second of two equal names a number", () => {
  expect(packageNames(["event", "maps", "Event", "load"])).toEqual(["Event_2", "Maps_", "Event", "Load_"]);
});

test("a section may not hide what a skeleton can do", () => {
  expect(sectionNames(["bss", "close", "maps"])).toEqual(["Bss", "Close_", "Maps_"]);
});

test("fields may have any name, in upper case", () => {
  expect(fieldNames(["pid", "_pad", "__1st", "func", "string", "foo_bar", "fooBar"])).toEqual([
    "Pid",
    "Pad",
    "X1st",
    "Func",
    "String",
    "FooBar",
    "FooBar_2",
  ]);
});

test("methods may not have a name whose signature fmt or go vet knows", () => {
  expect(memberNames(["string", "format", "write_to", "pid"])).toEqual(["String_", "Format_", "WriteTo_", "Pid"]);
});
