import { compositeOf, type Layout, type StructDecl, sizeOf, type TypeRef, type UnionDecl } from "@lbc/core/layout";

/** What an SDK has to get right of an object to be of use: its global variables, and the types of its maps and variables. */
export interface Expected {
  readonly types: readonly ExpectedType[];
  readonly sections: readonly ExpectedSection[];
}

export interface ExpectedType {
  readonly kind: "struct" | "union";
  /** The tag, or the typedef of a type without one. */
  readonly name: string;
  readonly tagged: boolean;
  /** In bytes. */
  readonly size: number;
  readonly members: readonly ExpectedMember[];
}

/** A member with a name, at an offset in bytes; null of a bit-field, which only has to be there. */
export interface ExpectedMember {
  readonly name: string;
  readonly offset: number | null;
}

export interface ExpectedSection {
  /** As BPF has it: `.bss`, `.data.counters`. */
  readonly name: string;
  readonly variables: readonly { readonly name: string; readonly offset: number }[];
}

/** A line of a program that does not compile where a peer is wrong, and what it asks. */
export interface Assertion {
  readonly line: string;
  readonly label: string;
}

/** Data that a loader maps into memory. Static variables are left out: no peer has them. */
export function expectedOf(layout: Layout): Expected {
  const variables = layout.sections.flatMap(({ members }) => members.filter((member) => member.kind === "variable"));
  const refs: (TypeRef | null)[] = [...layout.maps.flatMap(({ key, value }) => [key, value]), ...variables.map(({ type }) => type)];
  const composites = refs.flatMap((ref) => (ref === null ? [] : (compositeOf(layout, ref) ?? [])));
  const sections = layout.sections.filter(({ name }) => /^\.(bss|data|rodata)/.test(name));
  return {
    types: [...new Set(composites)].flatMap((decl) => expectedType(layout, decl)),
    sections: sections.map(({ name, members }) => ({
      name,
      variables: members.flatMap((member) =>
        member.kind === "variable" && member.linkage === "global" ? [{ name: member.name, offset: member.offset }] : [],
      ),
    })),
  };
}

/** Nothing of a type that has no name of its own. */
function expectedType(layout: Layout, decl: StructDecl | UnionDecl): ExpectedType[] {
  const hasTypedef = layout.types.some((other) => other.kind === "typedef" && other.name === decl.path);
  if (decl.path.includes("~") || (decl.name === null && !hasTypedef)) return [];
  const members = decl.members.flatMap((member): ExpectedMember[] => {
    if (member.kind === "padding" || member.name === null) return [];
    return [{ name: member.name, offset: member.kind === "field" ? member.offset : null }];
  });
  const size = sizeOf(layout, { kind: "named", id: decl.id });
  return [{ kind: decl.kind, name: decl.path, tagged: decl.name !== null, size, members }];
}
