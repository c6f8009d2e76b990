import type { BtfExt } from "@lbc/core/btf";
import type { ElfFile } from "@lbc/core/elf";
import { functionInfoSize, lineInfoSize } from "../bpf/commands.ts";
import type { Piece, Placed } from "./linker.ts";
import type { PreparedLine } from "./prepare-btf.ts";

/** What the kernel is told about where a program's instructions come from. */
export interface SourceInfo {
  readonly functionInfo: Uint8Array | undefined;
  readonly lineInfo: Uint8Array | undefined;
}

/** Moves the object's function and line records to where the linker put the instructions. @see https://docs.kernel.org/bpf/btf.html#bpf-prog-load */
export function sourceInfo(elf: ElfFile, ext: BtfExt, lines: readonly PreparedLine[], placed: readonly Placed[]): SourceInfo {
  const little = elf.endianness === "little";
  const functions = placed.flatMap(({ piece, at }) =>
    inPiece(elf, ext.functions, piece).map((record) => [at + (record.offset - piece.offset) / 8, record.type]),
  );
  const moved = placed.flatMap(({ piece, at }) =>
    inPiece(elf, lines, piece).map((line) => [
      at + (line.offset - piece.offset) / 8,
      line.fileAt,
      line.sourceAt,
      (line.line << 10) | line.column,
    ]),
  );
  // The kernel wants a record for every function or none at all.
  if (functions.length !== placed.length) return { functionInfo: undefined, lineInfo: undefined };
  return {
    functionInfo: words(functions, functionInfoSize, little),
    lineInfo: moved.length === 0 ? undefined : words(moved, lineInfoSize, little),
  };
}

function inPiece<Record extends { readonly section: string; readonly offset: number }>(
  elf: ElfFile,
  records: readonly Record[],
  piece: Piece,
): Record[] {
  const section = elf.sections[piece.sectionIndex]?.name;
  return records.filter(
    (record) => record.section === section && record.offset >= piece.offset && record.offset < piece.offset + piece.size,
  );
}

function words(records: readonly (readonly number[])[], recordSize: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(records.length * recordSize);
  const view = new DataView(bytes.buffer);
  records.forEach((record, index) => {
    record.forEach((word, place) => {
      view.setUint32(index * recordSize + place * 4, word, little);
    });
  });
  return bytes;
}
