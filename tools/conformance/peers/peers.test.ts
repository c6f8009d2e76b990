import type { Layout } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { goAssertions, goIdentifier } from "./bpf2go.ts";
import { cAssertions } from "./bpftool.ts";
import { type Expected, expectedOf } from "./expected.ts";
import { parseCargo, rustAssertions } from "./libbpf-cargo.ts";
import { reportRows } from "./report.ts";
import { parseErrors, refusal, right, verdictOf } from "./verdict.ts";

const expected: Expected = {
  types: [
    {
      kind: "struct",
      name: "tcp_event",
      tagged: true,
      size: 12,
      members: [
        { name: "type", offset: 0 },
        { name: "flag", offset: null },
      ],
    },
  ],
  sections: [{ name: ".data.hot", variables: [{ name: "hits", offset: 8 }] }],
};

test("types of maps and variables are expected with their named members, and global variables of data sections", () => {
  const u32 = { kind: "int", bytes: 4, signed: false, role: "number" };
  const field = (name: string | null, offset: number) => ({ kind: "field", name, offset, type: u32, size: 4 });
  const variable = (name: string, offset: number, linkage: string) => ({ kind: "variable", name, offset, linkage, type: u32 });
  const bits = { kind: "bits", name: "flag", bitOffset: 96, bitSize: 1, type: u32 };
  const members = [field("type", 0), field(null, 4), bits, { kind: "padding", offset: 8, size: 4 }];
  const layout = {
    types: [
      { kind: "struct", id: 0, name: "tcp_event", path: "tcp_event", size: 12, members },
      { kind: "struct", id: 1, name: "unused", path: "unused", size: 4, members: [] },
    ],
    maps: [{ key: null, value: { kind: "named", id: 0 } }],
    sections: [
      { name: ".data.hot", members: [variable("hits", 8, "global"), variable("hidden", 12, "static")] },
      { name: ".kconfig", members: [variable("CONFIG_HZ", 0, "global")] },
    ],
  };
  expect(expectedOf(layout as unknown as Layout)).toEqual(expected);
});

test("C asserts sizes, offsets and the variables in the skeleton's struct of a section", () => {
  expect(cAssertions(expected, "struct hello_bpf__data_hot {\n").map(({ line }) => line)).toEqual([
    '_Static_assert(sizeof(struct tcp_event) == 12, "");',
    '_Static_assert(offsetof(struct tcp_event, type) == 0, "");',
    '_Static_assert(offsetof(struct hello_bpf__data_hot, hits) == 8, "");',
  ]);
});

test("Go asserts with constant indices, and asks for bit-fields by name", () => {
  expect(goAssertions(expected, "type fixtureTcpEvent struct {").map(({ line }) => line)).toEqual([
    "var _ = [1]struct{}{}[unsafe.Sizeof(fixtureTcpEvent{})-12]",
    "var _ = [1]struct{}{}[unsafe.Offsetof(fixtureTcpEvent{}.Type)-0]",
    "var _ = fixtureTcpEvent{}.Flag",
  ]);
  expect(goAssertions(expected, "").map(({ label }) => label)).toEqual(["no type for tcp_event"]);
});

test.each([
  ["foo_bar", "FooBar"],
  ["__x", "X"],
  ["x1_2", "X12"],
  ["A_B", "A_B"],
  ["s_addr", "S_addr"],
])("cilium/ebpf spells %s as %s", (name, want) => expect(goIdentifier(name)).toBe(want));

test("Rust asserts in constants, with keywords in their raw form, and leaves out names that cannot be written", () => {
  const withSelf: Expected = {
    ...expected,
    types: expected.types.map((type) => ({ ...type, members: [...type.members, { name: "self", offset: 4 }] })),
  };
  expect(rustAssertions(withSelf).map(({ line }) => line)).toEqual([
    "const _: () = assert!(size_of::<types::tcp_event>() == 12);",
    "const _: () = assert!(std::mem::offset_of!(types::tcp_event, r#type) == 0);",
    "const _: fn(&types::tcp_event) = |v| { let _ = v.flag; };",
    "const _: () = assert!(std::mem::offset_of!(types::data_hot, hits) == 8);",
  ]);
});

test("errors are read as gcc, Go and cargo print them", () => {
  expect(parseErrors("a.c:3:5: error: no such type\na.c:4:1: note: here\n./b.go:7:2: undefined: x\n")).toEqual([
    { file: "a.c", line: 3, message: "no such type" },
    { file: "./b.go", line: 7, message: "undefined: x" },
  ]);
  const message = { level: "error", message: "assertion failed", spans: [{ file_name: "src/bin/f.rs", line_start: 2 }] };
  const lines = [{ reason: "compiler-message", target: { name: "f" }, message }, { reason: "build-finished" }];
  expect(parseCargo(`noise\n${lines.map((line) => JSON.stringify(line)).join("\n")}`)).toEqual(
    new Map([["f", [{ file: "src/bin/f.rs", line: 2, message: "assertion failed" }]]]),
  );
});

test("an error in what was generated weighs more than a failed assertion, which tells what it asked", () => {
  const assertions = [
    { line: "", label: "size of a" },
    { line: "", label: "offset of a.b" },
  ];
  const failed = { file: "asserts.c", line: 11, message: "static assertion failed" };
  expect(verdictOf([], assertions, "asserts.c", 10)).toBe(right);
  expect(verdictOf([failed], assertions, "asserts.c", 10)).toEqual({ reached: "wrong", why: "offset of a.b" });
  expect(verdictOf([failed, { file: "skel.h", line: 1, message: "syntax" }], assertions, "asserts.c", 10)).toEqual({
    reached: "does not compile",
    why: "syntax",
  });
});

test.each([
  ["the last line without advice", "thread 'main' panicked at gen.rs:1:\nno entry\nnote: run with RUST_BACKTRACE=1\n", "no entry"],
  ["a formatter's error", "error: expected identifier\n  --> <stdin>\nError: failed\n", "error: expected identifier"],
  [
    "libbpf's last word",
    "libbpf: elf: skipping unrecognized data section(6) mine\nlibbpf: no map\nError: no such file\n",
    "libbpf: no map",
  ],
])("of a refusal counts %s", (_, stderr, why) => expect(refusal(stderr)).toEqual({ reached: "refused", why }));

test("the table counts what each takes, compiles and gets right, and gives the reasons below", () => {
  const verdicts = new Map([
    ["f_a", right],
    ["f_b", { reached: "wrong", why: "size of b" } as const],
    ["f_c", { reached: "does not compile", why: "syntax" } as const],
    ["f_d", { reached: "refused", why: "no floats" } as const],
  ]);
  expect(reportRows([{ name: "peer", note: "a note", verdicts }])).toBe(
    [
      "                    takes compiles    right",
      "peer                  3/4      2/4      1/4  (a note)",
      "",
      "peer: f_b wrong: size of b",
      "peer: f_c does not compile: syntax",
      "peer: f_d refused: no floats",
    ].join("\n"),
  );
});
