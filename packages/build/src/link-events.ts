import { type Btf, type BtfId, difference } from "@lbc/core/btf";
import { readElf } from "@lbc/core/elf";
import { readExternMaps, readObject } from "@lbc/core/object";
import { BuildError } from "./errors.ts";

/** What one object says of the events of a map. */
interface Declared {
  readonly btf: Btf;
  readonly id: BtfId;
  /** The source or object. */
  readonly place: string;
}

/**
 * Throws BuildError `link-failed` where objects that share a map declare other events for it: one of them would send what the SDK of
 * the linked object reads as the other.
 */
export function refuseOtherEvents(objects: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
  const known = new Map<string, Declared>();
  for (const { name: place, bytes } of objects) {
    const { btf, maps } = readObject(readElf(bytes));
    if (btf === null) continue;
    for (const { name, event: id } of [...maps, ...readExternMaps(btf)]) {
      if (id === null) continue;
      const first = known.get(name);
      if (first === undefined) known.set(name, { btf, id, place });
      else refuseOther(name, first, { btf, id, place });
    }
  }
}

function refuseOther(map: string, first: Declared, second: Declared): void {
  const path = difference(first, second);
  if (path === null) return;
  const what = [first, second].map(({ btf, id, place }) => `${spelled(btf, id)} of ${btf.size(id)} bytes in ${place}`);
  throw new BuildError("link-failed", {
    type: map,
    message: `the objects cannot be linked: the events of the map ${map} are ${what.join(", and ")}${path === "" ? "" : `, which differ in ${path}`}`,
    hint: "define the type in a header that all of them include",
  });
}

function spelled(btf: Btf, id: BtfId): string {
  const type = btf.type(id);
  return type.kind === "struct" || type.kind === "union" || type.kind === "enum"
    ? `${type.kind} ${type.name}`.trim()
    : type.name || type.kind;
}
