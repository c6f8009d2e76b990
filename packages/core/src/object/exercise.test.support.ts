import { readElf } from "../elf/index.ts";
import { LbcError } from "../errors.ts";
import { decodeInstructions } from "../insn/index.ts";
import { readObject } from "./index.ts";

/** Runs a reader on damaged input: its own errors are what it should throw; any other gets out. */
export function tolerate(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof LbcError)) throw error;
  }
}

/** Reads an object and asks for all that is decoded late. */
export function exercise(bytes: Uint8Array): void {
  tolerate(() => {
    const object = readObject(readElf(bytes));
    for (const { sectionIndex, offset, size } of [...object.programs, ...object.subprograms]) {
      const section = object.elf.sections[sectionIndex];
      tolerate(() => decodeInstructions(section?.data.subarray(offset, offset + size) ?? new Uint8Array(), object.elf.endianness));
    }
    const { btf } = object;
    if (btf === null) return;
    for (let id = 0; id < btf.length; id++) {
      for (const ask of [() => btf.type(id), () => btf.resolve(id), () => btf.size(id), () => btf.name(id)]) tolerate(ask);
    }
  });
}
