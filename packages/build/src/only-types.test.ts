import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Btf, readBtf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "./clang.ts";
import { onlyTypes } from "./only-types.ts";
import { runningKernel } from "./vmlinux.ts";

let kernel: Btf;
let folder: string;
beforeAll(async () => {
  kernel = readBtf(await readFile(runningKernel));
  folder = await mkdtemp(join(tmpdir(), "lbc-only-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a header of some of the kernel's types", () => {
  test.each([["task_struct"], ["struct sock"], ["pid_t"], ["enum bpf_map_type"], ["bpf_func_proto"], ["sk_buff"]])(
    "%s is far smaller than the whole, and clang lays it out as the kernel does",
    async (name) => {
      const header = printC(onlyTypes(kernel, [name]));
      expect(header.length).toBeLessThan(200_000);
      const [id = 0] = kernel.find(name.split(" ").at(-1) ?? "");
      const spelling = kernel.kind(id) === "typedef" || name.includes(" ") ? name : `struct ${name}`;
      const check = `_Static_assert(sizeof(${spelling}) == ${kernel.size(id)}, "size");\n`;
      expect(await compile({ source: "-", input: `${header}${check}`, output: join(folder, "x.o"), flags: ["-Werror"] })).toBe("");
    },
  );

  test("what is pointed to is declared, not defined", () => {
    const header = printC(onlyTypes(kernel, ["struct task_struct"]));
    expect(header).toMatch(/^struct mm_struct;$/m);
    expect(header).not.toContain("struct mm_struct {");
    expect(header).toContain("struct list_head {");
  });
});

test.each([
  ["task_strcut", "did you mean task_struct"],
  ["union task_struct", "did you mean"],
  ["struct  nothing_like_it_at_all", "--btf FILE"],
  ["a b c", "did you mean"],
])("%j is no type, and the error says what may be meant", (name, hint) => {
  expect(() => onlyTypes(kernel, [name])).toThrow(
    expect.objectContaining({ code: "unknown-type", place: { type: name }, hint: expect.stringContaining(hint) }),
  );
});
