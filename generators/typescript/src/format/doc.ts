/**
 * Text with the places where it may be broken, and the printer that chooses among them: Wadler's "A prettier printer" as Prettier and Biome
 * have it, so that what it prints is what they would print.
 * @see https://homepages.inf.ed.ac.uk/wadler/papers/prettier/prettier.pdf
 * @see https://github.com/prettier/prettier/blob/main/commands.md
 */
export type Doc = string | readonly Doc[] | Line | Indent | Group | IfBroken;

/** A space, or nothing where it is soft; a line break in a group that is broken. A hard one breaks the groups around it. */
interface Line {
  readonly kind: "line";
  readonly flat: " " | "" | null;
}
interface Indent {
  readonly kind: "indent";
  readonly content: Doc;
}
/** Broken as a whole or not at all. */
export interface Group {
  readonly kind: "group";
  readonly content: Doc;
  readonly broken: boolean;
  /** Other ways to print it, tried in this order where `content` does not fit; the last is taken where none does. */
  readonly otherwise: readonly Doc[];
}
/** Depends on whether a group was broken: the one around it, or the one that is named. */
interface IfBroken {
  readonly kind: "if-broken";
  readonly broken: Doc;
  readonly flat: Doc;
  readonly of: Group | null;
}

export const line: Doc = { kind: "line", flat: " " };
export const softline: Doc = { kind: "line", flat: "" };
export const hardline: Doc = { kind: "line", flat: null };

export const indent = (content: Doc): Doc => ({ kind: "indent", content });
export const group = (content: Doc, broken = hasHardline(content)): Group => ({ kind: "group", content, broken, otherwise: [] });
export const ifBroken = (broken: Doc, flat: Doc = "", of: Group | null = null): Doc => ({ kind: "if-broken", broken, flat, of });
export const firstThatFits = (content: Doc, ...otherwise: readonly Doc[]): Group => ({ kind: "group", content, broken: false, otherwise });

export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [separator, doc]));
}

/** Whether a line break is certain. */
export function hasHardline(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if (isList(doc)) return doc.some(hasHardline);
  switch (doc.kind) {
    case "line":
      return doc.flat === null;
    case "indent":
      return hasHardline(doc.content);
    case "group":
      return doc.broken || hasHardline(doc.content);
    case "if-broken":
      return hasHardline(doc.broken);
  }
}

const isList = (doc: Doc): doc is readonly Doc[] => Array.isArray(doc);

/** What is still to print: nested pieces on a stack, the next one last. */
interface Piece {
  readonly doc: Doc;
  readonly depth: number;
  readonly broken: boolean;
}

const step = "  ";

/** The text that a document becomes in lines of at most `width` columns, as far as it can be broken. */
export function print(document: Doc, width: number): string {
  const rest: Piece[] = [{ doc: document, depth: 0, broken: true }];
  const brokenGroups = new Set<Group>();
  const out: string[] = [];
  let column = 0;
  let margin = "";
  for (let piece = rest.pop(); piece !== undefined; piece = rest.pop()) {
    const { doc, depth, broken } = piece;
    if (typeof doc === "string") {
      if (doc === "") continue;
      out.push(margin, doc);
      margin = "";
      column += doc.length;
    } else if (isList(doc)) {
      for (let index = doc.length - 1; index >= 0; index--) rest.push({ doc: doc[index] ?? "", depth, broken });
    } else if (doc.kind === "indent") rest.push({ doc: doc.content, depth: depth + 1, broken });
    else if (doc.kind === "if-broken") {
      const isBroken = doc.of === null ? broken : brokenGroups.has(doc.of);
      rest.push({ doc: isBroken ? doc.broken : doc.flat, depth, broken });
    } else if (doc.kind === "group") {
      const chosen = choose(doc, depth, broken, rest, width - column, brokenGroups);
      if (chosen.broken) brokenGroups.add(doc);
      rest.push(chosen);
    } else if (broken || doc.flat === null) {
      out.push("\n");
      margin = step.repeat(depth);
      column = margin.length;
    } else {
      out.push(doc.flat);
      column += doc.flat.length;
    }
  }
  return out.join("");
}

/** The first way to print a group that fits on the line. */
function choose(doc: Group, depth: number, broken: boolean, rest: readonly Piece[], room: number, brokenGroups: ReadonlySet<Group>): Piece {
  if (!broken && !doc.broken) return { doc: doc.content, depth, broken: false };
  const flat: Piece = { doc: doc.content, depth, broken: false };
  const last = doc.otherwise.at(-1);
  if (doc.broken) return { doc: last ?? doc.content, depth, broken: true };
  if (fits(flat, rest, room, brokenGroups)) return flat;
  if (last === undefined) return { doc: doc.content, depth, broken: true };
  const next = doc.otherwise
    .map((state): Piece => ({ doc: state, depth, broken: false }))
    .find((piece) => fits(piece, rest, room, brokenGroups));
  return next ?? { doc: last, depth, broken: true };
}

/** Whether the text up to the next line break, which may lie behind the piece, has room on the line. */
function fits(piece: Piece, rest: readonly Piece[], room: number, brokenGroups: ReadonlySet<Group>): boolean {
  const pieces = [piece];
  let left = room;
  let behind = rest.length;
  while (left >= 0) {
    const next = pieces.pop() ?? rest[--behind];
    if (next === undefined) return true;
    const { doc, depth, broken } = next;
    if (typeof doc === "string") left -= doc.length;
    else if (isList(doc)) for (let index = doc.length - 1; index >= 0; index--) pieces.push({ doc: doc[index] ?? "", depth, broken });
    else if (doc.kind === "indent") pieces.push({ doc: doc.content, depth, broken });
    else if (doc.kind === "if-broken") {
      const isBroken = doc.of === null ? broken : brokenGroups.has(doc.of);
      pieces.push({ doc: isBroken ? doc.broken : doc.flat, depth, broken });
    } else if (doc.kind === "group") {
      const isBroken = doc.broken || broken;
      pieces.push({ doc: (isBroken ? doc.otherwise.at(-1) : undefined) ?? doc.content, depth, broken: isBroken });
    } else {
      if (broken || doc.flat === null) return true;
      left -= doc.flat.length;
    }
  }
  return false;
}
