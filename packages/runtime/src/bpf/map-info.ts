import { type MapType, mapTypes } from "@lbc/core/object";
import type { Sys } from "../sys/sys.ts";
import { Attr } from "./attr.ts";
import { objectInfo } from "./commands.ts";

/** What the kernel tells of a map. @see include/uapi/linux/bpf.h, struct bpf_map_info */
export interface MapInfo {
  readonly id: number;
  readonly type: MapType;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** What only some types have, such as a bloom filter's number of hash functions; 0 before Linux 5.16. */
  readonly extra: bigint;
}

const nameAt = 24;
const nameSize = 16;
const extraAt = 80;

/** Or the negative errno. */
export function mapInfo(sys: Sys, fd: number): MapInfo | number {
  const info = new Attr(sys, extraAt + 8);
  const result = objectInfo(sys, fd, info.bytes);
  if (result < 0) return result;
  const [type, id, keySize, valueSize, maxEntries, flags] = [0, 4, 8, 12, 16, 20].map((offset) => info.getU32(offset)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const name = new TextDecoder().decode(info.bytes.subarray(nameAt, nameAt + nameSize)).split("\0", 1)[0] ?? "";
  return { id, type: mapTypes[type] ?? `unknown_${type}`, name, keySize, valueSize, maxEntries, flags, extra: info.getU64(extraAt) };
}

export function mapTypeNumber(type: MapType): number {
  const number = (mapTypes as readonly string[]).indexOf(type);
  return number === -1 ? Number(type.replace("unknown_", "")) : number;
}
