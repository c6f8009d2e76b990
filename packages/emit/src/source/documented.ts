import type { Layout, Member, TypeDecl, TypeId, TypeRef } from "@lbc/core/layout";
import { type Docs, readDocs } from "./doc-reader.ts";

/**
 * A layout with the comments of the sources that it was compiled from, where no declaration tag says anything: those right before a
 * declaration, and those behind it on its line.
 */
export function documented(layout: Layout, sources: readonly string[]): Layout {
  if (sources.length === 0) return layout;
  const docs = readDocs(sources);
  const keys = typeKeys(layout);
  const named = <Item extends { readonly name: string; readonly doc: string | null }>(item: Item): Item =>
    withDoc(item, docs.get(item.name));
  return {
    ...layout,
    types: layout.types.map((decl) => documentedType(decl, keys.get(decl.id), docs)),
    maps: layout.maps.map(named),
    programs: layout.programs.map(named),
    structOps: layout.structOps.map(named),
    sections: layout.sections.map((section) => ({
      ...section,
      members: section.members.map((member) => (member.kind === "variable" ? named(member) : member)),
    })),
  };
}

/** How comments call each type: by its name, or where it has none by what it declares. */
function typeKeys({ types, sections }: Layout): Map<TypeId, string> {
  const keys = new Map<TypeId, string>();
  const name = (decl: TypeDecl, key: string): void => {
    if (keys.has(decl.id)) return;
    keys.set(decl.id, key);
    if (decl.kind === "typedef") nameInner(decl.type, key);
    if (decl.kind !== "struct" && decl.kind !== "union") return;
    for (const member of decl.members) {
      if (member.kind !== "padding") nameInner(member.type, member.name === null ? key : `${key}.${member.name}`);
    }
  };
  const nameInner = (ref: TypeRef, key: string): void => {
    if (ref.kind === "array") nameInner(ref.element, key);
    const decl = ref.kind === "named" ? types[ref.id] : undefined;
    if (decl?.name === null) name(decl, key);
  };
  for (const decl of types) if (decl.name !== null) name(decl, `${decl.kind} ${decl.name}`);
  for (const { members } of sections) for (const member of members) if (member.kind === "variable") nameInner(member.type, member.name);
  return keys;
}

function documentedType(decl: TypeDecl, key: string | undefined, docs: Docs): TypeDecl {
  // What a member or a global says is its own; only a typedef names its type.
  const doc = key !== undefined && (decl.name !== null || key.startsWith("typedef ")) ? docs.get(key) : undefined;
  if (decl.kind === "typedef") return withDoc(decl, doc);
  if (decl.kind === "enum") return withDoc({ ...decl, values: decl.values.map((value) => withDoc(value, docs.get(value.name))) }, doc);
  if (key === undefined) return decl;
  return withDoc({ ...decl, members: decl.members.map((member) => withMemberDoc(member, docs, key)) }, doc);
}

const withMemberDoc = (member: Member, docs: Docs, key: string): Member =>
  member.kind === "padding" || member.name === null ? member : withDoc(member, docs.get(`${key}.${member.name}`));

const withDoc = <Item extends { readonly doc: string | null }>(item: Item, doc: string | undefined): Item =>
  item.doc === null && doc !== undefined ? { ...item, doc } : item;
