import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Assertion, Expected, ExpectedType } from "./expected.ts";
import { parseErrors, refusal, type Verdict, verdictOf } from "./verdict.ts";

/** What the headers of libbpf define as well as the BTF of programs that use it: a user would leave that out. */
const inLibbpf = (
  "bpf_spin_lock bpf_timer bpf_wq bpf_dynptr bpf_list_head bpf_list_node bpf_rb_root bpf_rb_node bpf_refcount libbpf_tristate " +
  "TRI_NO TRI_YES TRI_MODULE"
).split(" ");

/** `bpftool gen skeleton`, beside the types that bpftool itself prints from the object's BTF: the skeleton defines none. */
export async function judgeBpftool(object: string, expected: Expected, folder: string): Promise<Verdict> {
  const skeleton = await execa("bpftool", ["gen", "skeleton", object], { reject: false, maxBuffer: 2 ** 28 });
  if (skeleton.exitCode !== 0) return refusal(skeleton.stderr);
  const types = await execa("bpftool", ["btf", "dump", "file", object, "format", "c"], { maxBuffer: 2 ** 28 });
  await writeFile(join(folder, "types.h"), types.stdout);
  await writeFile(join(folder, "skel.h"), skeleton.stdout);
  const assertions = cAssertions(expected, skeleton.stdout);
  const head = [
    "#define BPF_NO_PRESERVE_ACCESS_INDEX",
    ...inLibbpf.map((name) => `#define ${name} own_${name}`),
    '#include "types.h"',
    ...inLibbpf.map((name) => `#undef ${name}`),
    "#include <stddef.h>",
    '#include "skel.h"',
  ];
  const program = join(folder, "asserts.c");
  await writeFile(program, [...head, ...assertions.map(({ line }) => line), ""].join("\n"));
  const { stderr } = await execa("gcc", ["-std=gnu11", "-fsyntax-only", "-w", program], { reject: false });
  return verdictOf(parseErrors(stderr), assertions, "asserts.c", head.length + 1);
}

/** Whether the skeleton compiles without anything that the user has to bring. */
export async function compilesAlone(folder: string): Promise<boolean> {
  const skeleton = await readFile(join(folder, "skel.h"), "utf8").catch(() => null);
  if (skeleton === null) return false;
  const { exitCode } = await execa("gcc", ["-std=gnu11", "-fsyntax-only", "-w", "-x", "c", join(folder, "skel.h")], { reject: false });
  return exitCode === 0;
}

/** Assertions about the types, and about the structs that a skeleton has for sections: their names are found in it. */
export function cAssertions({ types, sections }: Expected, skeleton: string): Assertion[] {
  return [
    ...types.filter(({ name }) => !inLibbpf.includes(name)).flatMap(typeAssertions),
    ...sections.flatMap(({ name, variables }): Assertion[] => {
      const ident = name.slice(1).replaceAll(/\W/g, "_");
      const struct = new RegExp(`struct (\\w+__${ident}) \\{`).exec(skeleton)?.[1] ?? `no_struct_for_${ident}`;
      return variables.map((variable) =>
        assertion(`offsetof(struct ${struct}, ${variable.name}) == ${variable.offset}`, `${variable.name} in ${name}`),
      );
    }),
  ];
}

function typeAssertions({ kind, name, tagged, size, members }: ExpectedType): Assertion[] {
  const spelling = tagged ? `${kind} ${name}` : name;
  return [
    assertion(`sizeof(${spelling}) == ${size}`, `size of ${spelling}`),
    ...members.flatMap((member) =>
      member.offset === null
        ? []
        : [assertion(`offsetof(${spelling}, ${member.name}) == ${member.offset}`, `offset of ${spelling}.${member.name}`)],
    ),
  ];
}

const assertion = (condition: string, label: string): Assertion => ({ line: `_Static_assert(${condition}, "");`, label });
