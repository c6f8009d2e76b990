import type { MapDefinition } from "../object/index.ts";

/**
 * What is known of a register or stack slot, the same on every path that leads there. An offset in bytes is null where it is computed at
 * run time. Pointers that the verifier makes the program test for null first are taken as tested.
 */
export type Value =
  | { readonly kind: "unknown" }
  | { readonly kind: "constant"; readonly value: number }
  /** The address of a map itself, as helpers take it. */
  | { readonly kind: "map"; readonly map: MapDefinition }
  /** Into a value of a map, as a lookup returns it. */
  | { readonly kind: "map-value"; readonly map: MapDefinition; readonly offset: number | null }
  /** Into the ELF section of globals with this index. */
  | { readonly kind: "global"; readonly section: number; readonly offset: number | null }
  /** Into the function's own frame; 0 is its end. */
  | { readonly kind: "stack"; readonly offset: number | null };

export const unknown: Value = { kind: "unknown" };
export const constant = (value: number): Value => (Number.isSafeInteger(value) ? { kind: "constant", value } : unknown);

const isNull = (value: Value): boolean => value.kind === "constant" && value.value === 0;
const isPointer = (value: Value): boolean => value.kind !== "unknown" && value.kind !== "constant";

/** Whether two values are known to be the same, but for the offset of a pointer. */
function sameBase(a: Value, b: Value): boolean {
  if (a.kind === "map" || a.kind === "map-value") return a.kind === b.kind && a.map === (b as typeof a).map;
  if (a.kind === "global") return b.kind === "global" && a.section === b.section;
  return a.kind === "stack" && b.kind === "stack";
}

/** What is known where two paths meet. */
export function join(a: Value, b: Value): Value {
  if (a === b) return a;
  if (a.kind === "constant" && b.kind === "constant") return a.value === b.value ? a : unknown;
  // No helper accepts a null pointer as data: at its call the value can only be the pointer of the other path.
  if (isNull(a) && isPointer(b)) return b;
  if (isNull(b) && isPointer(a)) return a;
  if (!sameBase(a, b)) return unknown;
  if (!("offset" in a) || !("offset" in b) || a.offset === b.offset) return a;
  return { ...a, offset: null };
}

/** `a + b`; null stands for an amount that is not known. */
function moved(pointer: Value, by: number | null): Value {
  if (!("offset" in pointer)) return unknown;
  return { ...pointer, offset: pointer.offset === null || by === null ? null : pointer.offset + by };
}

const amount = (value: Value): number | null => (value.kind === "constant" ? value.value : null);

export function add(a: Value, b: Value): Value {
  if (a.kind === "constant" && b.kind === "constant") return constant(a.value + b.value);
  if (isPointer(a)) return isPointer(b) ? unknown : moved(a, amount(b));
  return isPointer(b) ? moved(b, amount(a)) : unknown;
}

export function subtract(a: Value, b: Value): Value {
  if (a.kind === "constant" && b.kind === "constant") return constant(a.value - b.value);
  if (!isPointer(a) || isPointer(b)) return unknown;
  const by = amount(b);
  return moved(a, by === null ? null : -by);
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === "unknown" || b.kind === "unknown") return a.kind === b.kind;
  if (a.kind === "constant") return b.kind === "constant" && a.value === b.value;
  return sameBase(a, b) && (!("offset" in a) || !("offset" in b) || a.offset === b.offset);
}
