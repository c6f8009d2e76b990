import type { Layout } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { documented } from "./source-docs.ts";

const member = (name: string) => ({ kind: "field", name, doc: null });
const layout = {
  types: [
    { kind: "struct", name: "event", doc: null, members: ["pid", "comm", "flags", "told"].map(member) },
    { kind: "enum", name: "reason", doc: null },
    { kind: "typedef", name: "nanoseconds", doc: null },
  ],
  maps: ["events", "counts", "hits"].map((name) => ({ name, doc: null })),
  programs: ["run", "on_exec", "bare"].map((name) => ({ name, doc: null })),
  structOps: [],
  sections: [{ members: ["target", "total", "start"].map((name) => ({ kind: "variable", name, doc: null })) }],
} as unknown as Layout;

/** Every doc by the name of what has it. */
function docsOf(source: string, of = layout): Record<string, string> {
  const { types, maps, programs, sections } = documented(of, [source]);
  const members = types.flatMap((decl) => (decl.kind === "struct" ? decl.members : []));
  const all = [...types, ...members, ...maps, ...programs, ...sections.flatMap((section) => section.members)];
  return Object.fromEntries(all.flatMap((item) => ("doc" in item && item.doc !== null ? [[item.name ?? "", item.doc]] : [])));
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
enum reason { NONE, /* not this */ KILLED };
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
    nanoseconds: "Since boot.",
    events: "All of them.",
    counts: "How often,\nby process.",
    target: "0 is every process.",
    total: "Both of these.",
    run: "Counts.",
    on_exec: "Tells.",
  });
});

test("a comment that a blank line sets apart is about something else, and a declaration tag is not overruled", () => {
  expect(docsOf("/* Chapter one. */\n\nu64 total;\n\n/* A */ u64 start;\n")).toEqual({ start: "A" });
  const tagged = { ...layout, maps: [{ ...layout.maps[0], name: "hits", doc: "By tag." }] } as unknown as Layout;
  expect(docsOf("/* By comment. */\nLBC_HASH(hits, u32, u64, 8);\n", tagged)).toEqual({ hits: "By tag." });
});

test("sources that are no C end, whatever their brackets and quotes", () => {
  for (const source of ["}}}}", "{{{{ /*", 'struct { "', "((((;", "struct event {", "a\\"]) expect(docsOf(source)).toEqual({});
});
