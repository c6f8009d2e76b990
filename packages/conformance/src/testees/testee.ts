import type { Layout, TypeId } from "@lbc/core/layout";
import type { FileSet } from "@lbc/emit";
import type { Shapes } from "../suite/shape.ts";

/** The SDK of one object, and the values that are tried on its types. */
export interface Unit {
  /** Unique among those that are built together, and a plain identifier. */
  readonly key: string;
  readonly layout: Layout;
  readonly shapes: Shapes;
  /** The structs and unions that records are for. */
  readonly roots: readonly TypeId[];
  readonly sdk: FileSet;
  /** The path of its records, see {@link packRecords}. */
  readonly input: string;
}

/** A language under test. */
export interface Testee {
  /** Whether generated code for a target of the other byte order works on this machine. */
  readonly anyByteOrder: boolean;
  /**
   * Writes programs against the generated code of all units and builds them at once, in an empty folder inside of the checkout, where
   * every language finds its runtime.
   */
  build(units: readonly Unit[], folder: string): Promise<Run>;
}

/**
 * Runs the program of a unit. It prints lines of JSON: a {@link TypeFacts} for each struct and union, then a {@link Result} for each
 * record. Rejects where the program fails.
 */
export type Run = (unit: Unit) => Promise<readonly string[]>;

/** What generated code says of a type. */
export interface TypeFacts {
  readonly type: TypeId;
  readonly size: number;
  /** null where the language does not tell. */
  readonly align: number | null;
  /** Offset and size in bytes of each member; null of those that the language does not tell, such as bit-fields. */
  readonly members: readonly (readonly [offset: number, size: number] | null)[];
}

/** What a testee makes of one record. */
export interface Result {
  /** All leaves in order, as they are read. */
  readonly values: readonly string[];
  /** Hex digits of a value of zeros after the marked leaves were written to it. */
  readonly bytes: string;
}

/** One value to be read and written back. */
export interface TestRecord {
  readonly type: TypeId;
  readonly bytes: Uint8Array;
  /** The leaves to write back. */
  readonly marked: readonly boolean[];
}

/** The input of a testee: for each record three u32 (type, leaves, bytes), a byte for each leaf, and the bytes; all little-endian. */
export function packRecords(records: readonly TestRecord[]): Uint8Array {
  return Buffer.concat(
    records.flatMap(({ type, bytes, marked }) => {
      const head = Buffer.alloc(12);
      [type, marked.length, bytes.length].forEach((value, index) => {
        head.writeUInt32LE(value, 4 * index);
      });
      return [head, Uint8Array.from(marked, Number), bytes];
    }),
  );
}
