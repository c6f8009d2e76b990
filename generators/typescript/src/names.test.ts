import type { DataSection, Layout, MapLayout } from "@lbc/core/layout";
import { beforeAll, expect, test } from "vitest";
import { goldenLayout } from "./load-module.test.support.ts";
import { nameModule } from "./names.ts";

let layout: Layout;
beforeAll(async () => {
  layout = await goldenLayout("execsnoop");
});

const named = (name: string): Layout => ({ ...layout, object: { ...layout.object, name } });
const withTypes = (...paths: string[]): Layout => ({
  ...layout,
  types: paths.map((path, id) => ({ kind: "enum", id, path, name: path, bytes: 4, signed: false, values: [], doc: null })),
  maps: [],
  sections: [],
});
const typeNames = (...paths: string[]): string[] => [...nameModule(withTypes(...paths)).types.values()];

test.each([
  ["hello", "Hello"],
  ["my-tool", "MyTool"],
  ["2fast", "_2fast"],
  ["map", "Map_"],
  ["struct_ops", "StructOps_"],
])("an object called %s has the skeleton %s", (name, skeleton) => {
  expect(nameModule(named(name)).skeleton).toBe(skeleton);
});

test("a type does not take the name of the skeleton or of what belongs to it", () => {
  expect(typeNames("execsnoop", "open_execsnoop", "execsnoop_maps", "event")).toEqual([
    "Execsnoop_2",
    "OpenExecsnoop_2",
    "ExecsnoopMaps_2",
    "Event",
  ]);
});

test("a type does not hide a global or an import that the module uses", () => {
  expect(typeNames("map", "data_view", "codec", "ring_buffer", "record")).toEqual([
    "Map_",
    "DataView_",
    "Codec_",
    "RingBuffer_",
    "Record_",
  ]);
});

test("types that meet after conversion are told apart", () => {
  expect(typeNames("foo_bar", "FooBar", "foo.bar")).toEqual(["FooBar_2", "FooBar", "FooBar_3"]);
});

test("a section does not hide the skeleton's own members", () => {
  const sections = ["maps", "close", "rodata"].map((ident) => ({ ...(layout.sections[0] as DataSection), ident }));
  expect(nameModule({ ...layout, sections }).sections.map(({ property }) => property)).toEqual(["maps_2", "close_2", "rodata"]);
});

test("maps are called as JavaScript calls things, also where their names are its words", () => {
  const maps = ["exec_counts", "class", "constructor", "2nd"].map((name) => ({ ...(layout.maps[1] as MapLayout), name }));
  expect(nameModule({ ...layout, maps }).mapProperties).toEqual(["execCounts", "class", "constructor_", "_2nd"]);
});

test("kernel operations of the name of a section are told apart from it", () => {
  const ops = { typeName: "ops", section: ".struct_ops", link: false, size: 4, functions: [], fields: [], doc: null };
  const structOps = ["rodata", "lbc_control", "lbcControl"].map((name) => ({ ...ops, name }));
  expect(nameModule({ ...layout, structOps }).structOpsFields.map(({ property, view }) => [property, view])).toEqual([
    ["rodata", "ExecsnoopRodata_2"],
    ["lbcControl_2", "ExecsnoopLbcControl"],
    ["lbcControl", "ExecsnoopLbcControl_2"],
  ]);
});
