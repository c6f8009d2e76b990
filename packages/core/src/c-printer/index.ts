import { type Btf, rawBtf } from "../btf/index.ts";
import { decodeUtf8, TextWriter } from "../bytes/index.ts";
import { writeDefinitions } from "./definitions.ts";
import { tooMuchText } from "./errors.ts";

export interface CPrintOptions {
  /** Wraps the header for CO-RE: every access to a struct is relocated for the running kernel. */
  readonly preserveAccessIndex?: boolean;
}

const guard = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n";
const relocated =
  "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n";
const relocatedEnd = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n";
const guardEnd = "#endif /* __VMLINUX_H__ */\n";

/**
 * Prints a BTF that `readBtf` made as a C header, in UTF-8: compiled by clang for BPF, every size and offset in it is what BTF says.
 * Of a split BTF these are its own types and those of the base that they need. Throws BtfError.
 */
export function printCBytes(btf: Btf, options: CPrintOptions = {}): Uint8Array {
  const types = rawBtf(btf);
  const out = new TextWriter(tooMuchText, types.strings.length * 2).ascii(guard);
  const isRelocated = options.preserveAccessIndex ?? true;
  if (isRelocated) out.ascii(relocated);
  const hasRecords = writeDefinitions(types, out);
  if (isRelocated && hasRecords) out.ascii(relocatedEnd);
  // clang warns of an attribute that is for no record.
  if (isRelocated && !hasRecords) out.remove(guard.length, guard.length + relocated.length);
  return out.ascii(guardEnd).take();
}

/** The same as a string. */
export function printC(btf: Btf, options: CPrintOptions = {}): string {
  return decodeUtf8(printCBytes(btf, options));
}
