import type { AttachKind } from "@lbc/core/layout";
import { expect, test } from "vitest";
import { program } from "./layout.test-support.ts";
import { programAttributes } from "./programs.ts";

test.each<[AttachKind | null, boolean, string]>([
  [{ kind: "kprobe", function: "f", offset: 0, return: false }, true, 'KprobeProgram(bpf, "p", autoattach=True)'],
  [{ kind: "kprobe", function: null, offset: 0, return: true }, false, 'KprobeProgram(bpf, "p", on_return=True)'],
  [{ kind: "tracepoint", category: "sched", name: "sched_switch" }, true, 'TracepointProgram(bpf, "p", autoattach=True)'],
  [{ kind: "trampoline", when: "exit", function: "f" }, true, 'AutoProgram(bpf, "p", autoattach=True)'],
  [{ kind: "xdp" }, false, 'XdpProgram(bpf, "p")'],
  [{ kind: "tc" }, false, 'TcProgram(bpf, "p")'],
  [{ kind: "struct_ops" }, false, 'Program(bpf, "p")'],
  [null, false, 'Program(bpf, "p")'],
])("a program at %j is %3$s", (attach, autoattach, want) => {
  const [made] = programAttributes([program("p", "section", attach, { autoattach })]);
  expect(made?.line).toBe(`self.p = ${want}`);
});

test("a program with a keyword for its name is an attribute with an underscore", () => {
  const [made] = programAttributes([program("lambda", "socket", { kind: "socket_filter" }, { autoattach: false, doc: "Passes\nall." })]);
  expect(made?.line).toBe('self.lambda_ = SocketFilterProgram(bpf, "lambda")');
  expect(made?.doc).toBe('``SEC("socket")``.\n        Passes\n        all.\n        ');
});
