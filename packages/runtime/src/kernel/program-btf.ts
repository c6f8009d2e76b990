import { readBtf } from "@lbc/core/btf";
import { Attr } from "../bpf/attr.ts";
import { btfFdById, objectInfo } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

/** `btf_id` in `struct bpf_prog_info`; the kernel fills in as much as it is given room for. @see include/uapi/linux/bpf.h */
const btfIdAt = 128;
const programInfoSize = 136;
const btfInfoSize = 16;

/** The BTF id of a function of a loaded program, by which another program attaches to it. Throws RuntimeError `no-such-target`. */
export function functionInProgram(sys: Sys, program: number, name: string): number {
  const info = new Attr(sys, programInfoSize);
  const result = objectInfo(sys, program, info.bytes);
  if (result < 0) throw systemError(result, "no-such-target", "asking for the program to attach to");
  const btf = readBtf(readKernelBtf(sys, info.getU32(btfIdAt)));
  const [id] = btf.find(name, "function");
  if (id !== undefined) return id;
  const known = [...Array(btf.length).keys()].map((index) => btf.type(index)).filter(({ kind }) => kind === "function");
  throw new RuntimeError("no-such-target", {
    message: `the program has no function ${name}`,
    hint: known.length === 0 ? "it was loaded without type information" : `it has ${known.map((type) => type.name).join(", ")}`,
  });
}

/** Asked twice: for the size, then for the bytes. */
function readKernelBtf(sys: Sys, id: number): Uint8Array {
  const fd = btfFdById(sys, id);
  if (fd < 0) throw systemError(fd, "no-such-target", "opening the type information of a program");
  try {
    const size = new Attr(sys, btfInfoSize);
    const asked = objectInfo(sys, fd, size.bytes);
    const bytes = new Uint8Array(size.getU32(8));
    const read = asked < 0 ? asked : objectInfo(sys, fd, new Attr(sys, btfInfoSize).pointer(0, bytes).u32(8, bytes.length).bytes);
    if (read < 0) throw systemError(read, "no-such-target", "reading the type information of a program");
    return bytes;
  } finally {
    sys.close(fd);
  }
}
