import { enum64Kind, enumKind, forwardKind, type RawBtf, structKind, unionKind } from "../btf/index.ts";

/** `struct `, `union ` or `enum `: what stands before a tag. */
export function keywordOf(types: RawBtf, at: number): string {
  switch (types.kindAt(at)) {
    case structKind:
      return "struct ";
    case unionKind:
      return "union ";
    case forwardKind:
      return types.flagAt(at) ? "union " : "struct ";
    default:
      return "enum ";
  }
}

/** A forward declaration: of a struct or union, or an enum without values. */
export function isForward(types: RawBtf, at: number): boolean {
  const kind = types.kindAt(at);
  return kind === forwardKind || ((kind === enumKind || kind === enum64Kind) && types.countAt(at) === 0);
}
