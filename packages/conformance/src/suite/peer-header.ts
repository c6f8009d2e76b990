import { execa } from "execa";
import type { Prepared } from "./prepare.ts";
import { type Answer, askClang } from "./truth.ts";

/** How the header that bpftool prints from the BTF of an object differs from that BTF. */
export interface PeerHeader {
  readonly unit: string;
  /** What clang says of a header that it does not take; null where it does. */
  readonly refused: string | null;
  /** Types that clang lays out otherwise than BTF says, with the difference: bpftool's mistakes, since lbc's header agrees with BTF. */
  readonly wrong: readonly string[];
}

/** Asks clang the same of the header that bpftool prints from an object as was asked of the header that lbc prints. */
export async function comparePeerHeader(path: string, { name, endianness, questions, subjects }: Prepared): Promise<PeerHeader> {
  const printed = await execa("bpftool", ["btf", "dump", "file", path, "format", "c"], { reject: false, maxBuffer: 2 ** 28 });
  if (printed.exitCode !== 0) return { unit: name, refused: printed.stderr, wrong: [] };
  try {
    const answers = await askClang(printed.stdout, questions, endianness, { includes: [], flags: ["-DBPF_NO_PRESERVE_ACCESS_INDEX"] });
    const wrong = subjects.flatMap(({ root, answer }, index) => {
      const theirs = answers[index];
      const difference = theirs === undefined ? "clang says nothing of it" : differenceOf(answer, theirs);
      return difference === null ? [] : [`${root}: ${difference}`];
    });
    return { unit: name, refused: null, wrong };
  } catch (error) {
    return { unit: name, refused: (error as Error).message, wrong: [] };
  }
}

/** The first thing in which two answers differ; null where they are the same. */
export function differenceOf(expected: Answer, found: Answer): string | null {
  if (expected.size !== found.size) return `${expected.size} bytes expected, ${found.size} found`;
  const moved = expected.offsets.findIndex((offset, leaf) => offset !== found.offsets[leaf]);
  if (moved >= 0) return `leaf ${moved} at ${expected.offsets[moved]} expected, at ${found.offsets[moved]} found`;
  if (expected.align !== found.align) return `alignment ${expected.align} expected, ${found.align} found`;
  const written = expected.bytes.findIndex((bytes, vector) => !Buffer.from(bytes).equals(Buffer.from(found.bytes[vector] ?? [])));
  return written < 0 ? null : `bit-fields of vector ${written} are elsewhere`;
}
