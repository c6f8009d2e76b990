import { type BtfId, enum64Kind, enumKind, forwardKind, intKind, type RawBtf, structKind, typedefKind, unionKind } from "../btf/index.ts";

/** What one pass over all types finds. */
export interface Survey {
  /** Types with a tag or a typedef's name, ascending. */
  readonly named: Uint32Array;
  /** Those of them that are only declared: structs, unions, and enums without values. */
  readonly forwards: readonly BtfId[];
  /** Those with values, without the base's. */
  readonly anonymousEnums: readonly BtfId[];
  /** How many values all enums have, the base's included. */
  readonly enumerators: number;
  /** Before Linux 4.20 the width of a bit-field was that of its integer type. */
  readonly hasOldBitFields: boolean;
}

export function survey(types: RawBtf): Survey {
  const { words, records, firstOwn } = types;
  const named = new Uint32Array(records.length);
  const anonymousEnums: BtfId[] = [];
  const forwards: BtfId[] = [];
  let count = 0;
  let enumerators = 0;
  let hasOldBitFields = false;
  for (let id = 1; id < records.length; id++) {
    const at = records[id] ?? 0;
    const info = words[at + 1] ?? 0;
    switch ((info >>> 24) & 0x1f) {
      case intKind:
        if (((words[at + 3] ?? 0) & 0xff) !== (words[at + 2] ?? 0) * 8) hasOldBitFields = true;
        break;
      case enumKind:
      case enum64Kind:
        enumerators += info & 0xffff;
        if (words[at] !== 0) {
          named[count++] = id;
          if ((info & 0xffff) === 0) forwards.push(id);
        } else if (id >= firstOwn && (info & 0xffff) !== 0) anonymousEnums.push(id);
        break;
      case forwardKind:
        if (words[at] !== 0) {
          named[count++] = id;
          forwards.push(id);
        }
        break;
      case structKind:
      case unionKind:
      case typedefKind:
        if (words[at] !== 0) named[count++] = id;
        break;
    }
  }
  return { named: named.subarray(0, count), forwards, anonymousEnums, enumerators, hasOldBitFields };
}
