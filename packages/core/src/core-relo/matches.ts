import type { Btf, BtfComposite, BtfEnum, BtfForward, BtfId, BtfType } from "../btf/index.ts";
import { essentialName } from "./names.ts";

/** Deep enough for any C type; malformed BTF can be circular. */
const maxDepth = 32;

interface Sides {
  readonly local: Btf;
  readonly target: Btf;
}

/**
 * Whether the target's type has everything that the local one has, member by member (`bpf_core_type_matches`). Behind a pointer
 * structs are compared by name only.
 */
export function typesMatch(local: Btf, localId: BtfId, target: Btf, targetId: BtfId): boolean {
  return matches({ local, target }, localId, targetId, false, maxDepth);
}

function matches(sides: Sides, localId: BtfId, targetId: BtfId, behindPointer: boolean, depth: number): boolean {
  if (depth === 0) return false;
  const mine = sides.local.resolve(localId);
  const theirs = sides.target.resolve(targetId);
  if (essentialName(mine.name) !== essentialName(theirs.name)) return false;
  switch (mine.kind) {
    case "void":
      return theirs.kind === "void";
    case "forward":
      return theirs.kind === "forward" ? mine.of === theirs.of : behindPointer && mine.of === theirs.kind;
    case "enum":
      return theirs.kind === "enum" && enumsMatch(mine, theirs);
    case "struct":
    case "union":
      return behindPointer ? namesComposite(mine, theirs) : mine.kind === theirs.kind && compositesMatch(sides, mine, theirs, depth);
    case "int":
      return theirs.kind === "int" && mine.size === theirs.size && mine.signed === theirs.signed;
    case "pointer":
      return theirs.kind === "pointer" && matches(sides, mine.type, theirs.type, true, depth - 1);
    case "array":
      return (
        theirs.kind === "array" && mine.length === theirs.length && matches(sides, mine.element, theirs.element, behindPointer, depth - 1)
      );
    case "function-prototype":
      return (
        theirs.kind === "function-prototype" &&
        mine.parameters.length === theirs.parameters.length &&
        mine.parameters.every(({ type }, index) => matches(sides, type, theirs.parameters[index]?.type ?? 0, behindPointer, depth - 1)) &&
        matches(sides, mine.result, theirs.result, behindPointer, depth - 1)
      );
    default:
      return false;
  }
}

/** Behind a pointer a forward declaration is as good as the struct. */
function namesComposite(mine: BtfComposite, theirs: BtfType): boolean {
  return mine.kind === theirs.kind || (theirs.kind === "forward" && (theirs satisfies BtfForward).of === mine.kind);
}

function enumsMatch(mine: BtfEnum, theirs: BtfEnum): boolean {
  const names = new Set(theirs.values.map(({ name }) => essentialName(name)));
  return mine.values.length <= theirs.values.length && mine.values.every(({ name }) => names.has(essentialName(name)));
}

function compositesMatch(sides: Sides, mine: BtfComposite, theirs: BtfComposite, depth: number): boolean {
  if (mine.members.length > theirs.members.length) return false;
  return mine.members.every((own) =>
    theirs.members.some(
      (other) => essentialName(own.name) === essentialName(other.name) && matches(sides, own.type, other.type, false, depth - 1),
    ),
  );
}
