import type { Layout, TypeRef } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { documented } from "./documented.ts";

const u64: TypeRef = { kind: "int", bytes: 8, signed: false, role: "number" };
const member = (name: string | null, type: TypeRef = u64) => ({ kind: "field", name, type, doc: null });
const variable = (name: string, type: TypeRef = u64) => ({ kind: "variable", name, type, doc: null });
const enumerator = (name: string) => ({ name, value: "0", doc: null });
const layout = {
  types: [
    { kind: "struct", id: 0, name: "event", doc: null, members: ["pid", "comm", "flags", "told"].map((name) => member(name)) },
    { kind: "enum", id: 1, name: "reason", doc: null, values: ["NONE", "KILLED", "LEFT", "LOST"].map(enumerator) },
    { kind: "typedef", id: 2, name: "nanoseconds", type: u64, doc: null },
  ],
  maps: ["events", "counts", "hits"].map((name) => ({ name, doc: null })),
  programs: ["run", "on_exec", "bare"].map((name) => ({ name, doc: null })),
  structOps: [],
  sections: [{ members: ["target", "total", "start"].map((name) => variable(name)) }],
} as unknown as Layout;

/** Every doc by the name of what has it. */
function docsOf(source: string, of = layout): Record<string, string> {
  const { types, maps, programs, sections } = documented(of, [source]);
  const members = types.flatMap((decl): readonly object[] => ("members" in decl ? decl.members : "values" in decl ? decl.values : []));
  const all = [...types, ...members, ...maps, ...programs, ...sections.flatMap((section) => section.members)];
  return Object.fromEntries(all.flatMap((item) => ("doc" in item && "name" in item && item.doc !== null ? [[item.name, item.doc]] : [])));
}

test("comments before declarations, and behind them on their line, are their documentation", () => {
  const source = `/* SPDX-License-Identifier: GPL-2.0 */
#include "vmlinux.h"
/**
 * One execution;
 * sent when it ends.
 */
struct event {
	/* The process. */
	u32 pid;
	char comm[16]; // Its name.
	u32 flags : 3, more : 5; /* What it did. */
} __attribute__((packed));

/* Why it ended. */
enum reason {
	NONE, /* It goes on. */
	KILLED = SHIFTED(1, 2),
	/* By itself. */
	LEFT,
	LOST /* Nobody knows. */
};
typedef u64 nanoseconds; /* Since boot. */

/* All of them. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF); /* not this */
	__uint(max_entries, 4096);
} events SEC(".maps");

// How often,
// by process.
LBC_HASH(counts, u32, u64, 1024);

const volatile u32 target = 0; /* 0 is every process. */
/* Both of these. */
u64 total[2] = { 1, /* not this */ 2 };

/* Counts. */
SEC("tp/sched/sched_process_exec") int run(void *ctx)
{
	u32 start; /* not this */
	return 0;
}

/* Tells. */
SEC("tp_btf/x")
int BPF_PROG(on_exec, struct task_struct *p)
{
	if (p) { return 1; }
	return 0;
}
`;
  expect(docsOf(source)).toEqual({
    event: "One execution;\nsent when it ends.",
    pid: "The process.",
    comm: "Its name.",
    flags: "What it did.",
    reason: "Why it ended.",
    NONE: "It goes on.",
    LEFT: "By itself.",
    LOST: "Nobody knows.",
    nanoseconds: "Since boot.",
    events: "All of them.",
    counts: "How often,\nby process.",
    target: "0 is every process.",
    total: "Both of these.",
    run: "Counts.",
    on_exec: "Tells.",
  });
});

test("members of types without a name have the comments of theirs, wherever the same name stands again", () => {
  const named = (id: number): TypeRef => ({ kind: "named", id });
  const anonymous = (id: number, kind: string, ...members: readonly object[]) => ({ kind, id, name: null, doc: null, members });
  const of = {
    types: [
      anonymous(0, "struct", member("a"), member("b")),
      anonymous(1, "union", member("v4"), member(null, named(0))),
      { kind: "struct", id: 2, name: "event", doc: null, members: [member("addr", named(1)), member("a")] },
      anonymous(3, "struct", member("a")),
      { kind: "typedef", id: 4, name: "pair", type: named(3), doc: null },
      anonymous(5, "struct", member("a")),
    ],
    maps: [],
    programs: [],
    structOps: [],
    sections: [{ members: [variable("config", { kind: "array", element: named(5), length: 2, text: false })] }],
  } as unknown as Layout;
  const source = `struct event {
	/* Where to. */
	union {
		u32 v4; /* Four bytes. */
		struct {
			u32 a; /* The first. */
			u32 b;
		};
	} addr;
	u32 a; /* Of the event. */
};
/* Two. */
typedef struct { u32 a; /* Of the pair. */ } pair;
/* Settings. */
struct { u32 a; /* Of the settings. */ } config[2];
`;
  const { types, sections } = documented(of, [source]);
  const docs = types.map((decl) => [decl.doc, "members" in decl ? decl.members.map((inner) => "doc" in inner && inner.doc) : []]);
  expect(docs).toEqual([
    [null, ["The first.", null]],
    [null, ["Four bytes.", null]],
    [null, ["Where to.", "Of the event."]],
    ["Two.", ["Of the pair."]],
    ["Two.", []],
    [null, ["Of the settings."]],
  ]);
  expect(sections[0]?.members[0]).toMatchObject({ doc: "Settings." });
});

test("a comment that a blank line sets apart is about something else, and a declaration tag is not overruled", () => {
  expect(docsOf("/* Chapter one. */\n\nu64 total;\n\n/* A */ u64 start;\n")).toEqual({ start: "A" });
  const tagged = { ...layout, maps: [{ ...layout.maps[0], name: "hits", doc: "By tag." }] } as unknown as Layout;
  expect(docsOf("/* By comment. */\nLBC_HASH(hits, u32, u64, 8);\n", tagged)).toEqual({ hits: "By tag." });
});

test.each([
  [
    "of members",
    "struct event {\n#ifdef OLD\n\tlong pid; /* old */\n#else\n\tint pid; /* new */\n#endif\n\tint told; /* sure */\n};",
    { told: "sure" },
  ],
  [
    "of types",
    "#ifdef A\n/* a */\nstruct event {\n#else\n/* b */\nstruct event { int pid; /* b */\n#endif\n\tint told; /* sure */\n};\n",
    { told: "sure" },
  ],
  ["inside a declaration", "/* a */ u64\n#ifdef A\ntotal;\n#elif B\nstart;\n#endif\nu64 target; /* sure */\n", { target: "sure" }],
  ["one in the other", "#if A\n#if 1\n/* a */ u64 total;\n#endif\n#endif\n/* sure */ u64 start;", { start: "sure" }],
  ["behind one that is not known", "#if A\n/* a */ u64 total;\n#elif 1\n/* b */ u64 total;\n#else\n/* c */ u64 start;\n#endif\n", {}],
])("branches that may not have been compiled say nothing: %s", (_, source, docs) => expect(docsOf(source)).toEqual(docs));

test.each([
  ["0 and 1", "#if 0\n/* a } */ u64 total; }\n#else /* 1 */\n/* b */ u64 total;\n#endif\n", { total: "b" }],
  [
    "what is left out after it",
    "#if 1\n/* a */ u64 total;\n#elif A\n/* b */ u64 total;\n#else\n/* c */ u64 start;\n#endif\n",
    { total: "a" },
  ],
  ["macros of BPF", "#ifndef __bpf__\n/* a */ u64 total;\n#elif defined(__BPF__)\n/* b */ u64 total;\n#endif\n", { total: "b" }],
  ["macros of C++", '#ifdef __cplusplus\nextern "C" {\n#endif\n#if !defined __cplusplus\n/* a */ u64 total;\n#endif', { total: "a" }],
  ["include guards", "/* The. */\n#ifndef X_H\n#define X_H 1\n/* a */ u64 total;\n#endif /* X_H */\n", { total: "a" }],
  ["a comment over two lines", "#define A 1 /* a\n * of; b */\n/* b */ u64 total;\n", { total: "b" }],
])("branches that are known to be compiled are read: %s", (_, source, docs) => expect(docsOf(source)).toEqual(docs));

test.each([
  ["Doxygen's marks", "/*! a */ u64 total; u64 start; ///< b\n//! c\nu64 target;", { total: "a", start: "b", target: "c" }],
  ["marks of what is before", "u64 total; /**< a */\nu64 start;\n/*!< of start */\nu64 target;", { total: "a" }],
  ["licences", "// Copyright (c) 2024 A\n// All rights reserved.\nu64 total;\n/* Licensed under X */\nu64 start;", {}],
  ["tools", "/* a */\n// clang-format off\nu64 total; /* NOLINT */", { total: "a" }],
  ["rules", "/* ---- */ u64 total;\n// ====\n// b - c\n// ====\nu64 start; /* ** d ** */", { start: "b - c" }],
])("a comment is what it says of a declaration: %s", (_, source, docs) => expect(docsOf(source)).toEqual(docs));

test("sources that are no C end, whatever their brackets and quotes", () => {
  for (const source of ["}}}}", "{{{{ /*", 'struct { "', "((((;", "struct event {", "enum {", "enum { A (, }", "a\\"])
    expect(docsOf(source)).toEqual({});
});
