import type { BtfExt, LineInfo } from "@lbc/core/btf";
import type { ElfFile } from "@lbc/core/elf";
import { functionInfoSize, lineInfoSize } from "../bpf/commands.ts";
import type { Piece, Placed } from "./linker.ts";
import type { SourcePlace } from "./verifier-log.ts";

/** What the kernel is told about where a program's instructions come from. */
export interface SourceInfo {
  readonly functionInfo: Uint8Array | undefined;
  readonly lineInfo: Uint8Array | undefined;
}

/** Moves the object's function and line records to where the linker put the instructions. @see https://docs.kernel.org/bpf/btf.html#bpf-prog-load */
export function sourceInfo(elf: ElfFile, ext: BtfExt, lines: readonly LineInfo[], placed: readonly Placed[]): SourceInfo {
  const little = elf.endianness === "little";
  const functions = placed.flatMap(({ piece, at }) =>
    inPiece(elf, ext.functions, piece).map((record) => [at + (record.offset - piece.offset) / 8, record.type]),
  );
  const moved = placedLines(elf, lines, placed).map((line) => [line.at, line.fileAt, line.sourceAt, (line.line << 10) | line.column]);
  // The kernel wants a record for every function or none at all.
  if (functions.length !== placed.length) return { functionInfo: undefined, lineInfo: undefined };
  return {
    functionInfo: words(functions, functionInfoSize, little),
    lineInfo: moved.length === 0 ? undefined : words(moved, lineInfoSize, little),
  };
}

/** The source line of some instruction of a linked program, and of those after it up to the next one's. */
export type PlacedLine = LineInfo & { readonly at: number };

/** The lines of a linked program, by where the linker put their instructions; not in order. */
export function placedLines(elf: ElfFile, lines: readonly LineInfo[], placed: readonly Placed[]): PlacedLine[] {
  return placed.flatMap(({ piece, at }) =>
    inPiece(elf, lines, piece).map((line) => ({ ...line, at: at + (line.offset - piece.offset) / 8 })),
  );
}

/** The line that an instruction of a linked program comes from: the last one before it in the same function. */
export function sourceAt(lines: readonly PlacedLine[], placed: readonly Placed[], instruction: number): SourcePlace | null {
  const start = placed.reduce((latest, { at }) => (at <= instruction && at > latest ? at : latest), 0);
  const before = lines.filter(({ at }) => at >= start && at <= instruction);
  const found = before.reduce<PlacedLine | null>((latest, line) => (latest === null || line.at >= latest.at ? line : latest), null);
  return found === null ? null : { file: found.file, line: found.line, column: found.column, text: found.source };
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
