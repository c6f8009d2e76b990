import { expect, test } from "vitest";
import { hintFor } from "./hints.ts";

test.each([
  ["fatal error: 'bpf/bpf_helpers.h' file not found", "libbpf-dev"],
  ["fatal error: 'vmlinux.h' file not found", "--btf FILE"],
  ["fatal error: 'lbc_net.h' file not found", "lbc's headers"],
  ["fatal error: 'linux/sched.h' file not found", "vmlinux.h"],
  ["error: use of undeclared identifier 'ETH_P_IP'", '#include "lbc_net.h"'],
  ["error: use of undeclared identifier 'PF_KTHREAD'", '#include "lbc_sched.h"'],
  ["error: use of undeclared identifier 'S_IFMT'", '#include "lbc_fs.h"'],
  ["error: unknown type name 'event_t'", "event_t is not defined"],
  ["error: invalid application of 'sizeof' to an incomplete type 'struct event'", "struct event is not defined"],
  ["error: no member named 'state' in 'struct task_struct'", "struct task_struct___other"],
  ["error: redefinition of 'events' with a different type", "rename one events"],
  ["error: incomplete definition of type 'struct user_pt_regs'", "--btf FILE"],
  ["error: unknown type name 'user_pt_regs'", "--btf FILE"],
  ["error: no member named 'gpr' in 'struct pt_regs'", "the registers of another machine"],
  ['error: Must specify a BPF target arch via __TARGET_ARCH_xxx\n   10 |  GCC error "Must specify', "a newer libbpf"],
  [
    "warning: type specifier missing, defaults to 'int' [-Wimplicit-int]\n    2 | LBC_RINGBUFFER(x, u32, 4096);",
    "did you mean LBC_RINGBUF",
  ],
  ["error: call to undeclared function 'LBC_SUBMITT'; ISO C99", "did you mean LBC_SUBMIT?"],
  ["error: implicit declaration of function 'LBC_WRITE_ALL' is", "lbc.h has no LBC_WRITE_ALL()"],
])("about %j lbc says %j", (said, hint) => expect(hintFor(`a.bpf.c:1:2: ${said}\n`)).toContain(hint));

test("lbc says nothing where clang has said all", () => {
  expect(hintFor("a.bpf.c:1:2: error: expected ';' after expression\n")).toBeUndefined();
  expect(hintFor("a.bpf.c:1:2: error: use of undeclared identifier 'misspelt'\n")).toBeUndefined();
  expect(hintFor("a.bpf.c:1:1: error: type specifier missing, defaults to 'int'\n    1 | LBC_HASH(m, u32);\n")).toBeUndefined();
});
