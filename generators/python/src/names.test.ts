import { expect, test } from "vitest";
import { attributeNames, classesOf, enumeratorNames, fieldNames, packageName, sectionAttributes } from "./names.ts";

test("C names stay as they are wherever Python takes them", () => {
  expect(fieldNames(["pid", "fooBar", "type", "match", "_pad", "_"], [])).toEqual(["pid", "fooBar", "type", "match", "_pad", "_"]);
});

test("keywords, names of the base class and names that annotations need get an underscore", () => {
  expect(fieldNames(["class", "None", "to_bytes", "SIZE", "int", "self", "l"], ["le"])).toEqual([
    "class_",
    "None_",
    "to_bytes_",
    "SIZE_",
    "int_",
    "self_",
    "l_",
  ]);
  expect(fieldNames(["le", "Event"], ["le", "Event"])).toEqual(["le_", "Event_"]);
  expect(fieldNames(["TYPE_CHECKING", "Sequence"], [])).toEqual(["TYPE_CHECKING_", "Sequence_"]);
  expect(sectionAttributes(["rodata", "open", "maps"])).toEqual(["rodata", "open_", "maps_"]);
});

test("names that Python would mangle or take for its own lose their leading underscores", () => {
  expect(fieldNames(["__state", "__init__", "_x_", "state"], [])).toEqual(["state_2", "init__", "x_", "state"]);
  expect(enumeratorNames(["__MAX", "_MAX", "mro", "name"])).toEqual(["MAX", "_MAX", "mro_", "name_"]);
});

test("names that begin with a digit or have other characters become identifiers", () => {
  expect(attributeNames(["1st", "f.zero", "a-b"])).toEqual(["_1st", "f_zero", "a_b"]);
  expect(packageName("tcp-connect.2")).toBe("tcp_connect_2");
  expect(packageName("class")).toBe("class_");
  expect(packageName("pylbc")).toBe("pylbc_");
  // pylbc imports tempfile, which imports random
  expect(packageName("random")).toBe("random_");
  expect(packageName("")).toBe("_");
});

test("names that become one are told apart, and the exact one keeps its name", () => {
  expect(fieldNames(["a.b", "a_b", "a-b"], [])).toEqual(["a_b_2", "a_b", "a_b_3"]);
});

test("classes are in Pascal case and stay clear of what modules import", () => {
  expect(classesOf(["tcp_event", "event.addr", "Struct", "hash_map", "map", "3d"])).toEqual([
    "TcpEvent",
    "EventAddr",
    "Struct",
    "HashMap_",
    "Map_",
    "T3d",
  ]);
});
