import type { Leaf } from "@lbc/core/layout";
import { fieldNames, memberNames } from "./names.ts";
import type { Placement } from "./placement.ts";

/** The names inside of one struct; Go has fields and methods in one scope. */
export interface StructNames {
  /** Field or getter. */
  readonly read: ReadonlyMap<Leaf, string>;
  /** Setter; only of what is no field and has bytes. */
  readonly write: ReadonlyMap<Leaf, string>;
}

export function nameMembers({ leaves, pieces }: Pick<Placement, "leaves" | "pieces">): StructNames {
  const fields = new Set<Leaf>(pieces.flatMap((piece) => (piece.kind === "field" ? [piece.leaf] : [])));
  const nameAll = leaves.every((leaf) => fields.has(leaf)) ? fieldNames : memberNames;
  const reads = nameAll(leaves.map((leaf) => leaf.name));
  const settable = leaves.filter((leaf) => !fields.has(leaf) && leaf.size > 0);
  const writes = memberNames(
    settable.map((leaf) => `set_${leaf.name}`),
    reads,
  );
  return {
    read: new Map(leaves.map((leaf, index) => [leaf, reads[index] ?? ""])),
    write: new Map(settable.map((leaf, index) => [leaf, writes[index] ?? ""])),
  };
}
