import { declOf, type Layout, type StructDecl, sizeOf, type TypeRef, type UnionDecl } from "@lbc/core/layout";

/** What every generator takes for granted of a layout; one line for each place where it does not hold. */
export function violations(layout: Layout): string[] {
  const paths = layout.types.map((decl) => decl.path);
  return [
    ...layout.types.flatMap((decl, index) => (decl.id === index ? [] : [`${decl.path}: id ${decl.id} at ${index}`])),
    ...paths.filter((path, index) => paths.indexOf(path) !== index).map((path) => `${path}: the path of two types`),
    ...layout.types.flatMap((decl) =>
      containedIn(layout, decl.id)
        .filter((id) => id >= decl.id)
        .map((id) => `${decl.path}: before ${id}`),
    ),
    ...layout.types.flatMap((decl) => (decl.kind === "struct" || decl.kind === "union" ? gapsIn(layout, decl) : [])),
    ...layout.sections.flatMap((section) => {
      let end = 0;
      const wrong = section.members.filter(({ offset, size }) => {
        const follows = offset === end;
        end = offset + size;
        return !follows;
      });
      return wrong.length === 0 && end === section.size ? [] : [`${section.name}: bytes that no member covers`];
    }),
    ...layout.maps.flatMap((map) => {
      const { key, value } = map;
      const wrongKey = key !== null && sizeOf(layout, key) !== map.keySize;
      const wrongValue = value !== null && map.valueSize !== 0 && sizeOf(layout, value) !== map.valueSize;
      return wrongKey || wrongValue ? [`${map.name}: types of another size than the map`] : [];
    }),
  ];
}

/** The types that a type holds by value. */
function containedIn(layout: Layout, id: number): number[] {
  const decl = declOf(layout, { kind: "named", id });
  const direct = (ref: TypeRef): number[] => (ref.kind === "named" ? [ref.id] : ref.kind === "array" ? direct(ref.element) : []);
  if (decl.kind === "enum") return [];
  if (decl.kind === "typedef") return direct(decl.type);
  return decl.members.flatMap((member) => (member.kind === "padding" ? [] : direct(member.type)));
}

/** Every bit of a struct lies in a member or a padding, in order; no unit of a bit-field ends behind the struct. */
function gapsIn(layout: Layout, decl: StructDecl | UnionDecl): string[] {
  const wrong: string[] = [];
  let end = 0;
  for (const member of decl.members) {
    const name = `${decl.path}.${member.kind === "padding" ? `padding at ${member.offset}` : member.name}`;
    const start = member.kind === "bits" ? Math.floor(member.bitOffset / 8) : member.offset;
    const bytes = member.kind === "bits" ? Math.ceil((member.bitOffset + member.bitSize) / 8) - start : member.size;
    if (decl.kind === "struct" && start > end) wrong.push(`${name}: follows a gap`);
    if (member.kind === "field" && member.size !== sizeOf(layout, member.type)) wrong.push(`${name}: size differs from that of its type`);
    if (member.kind === "bits" && (member.unit.offset < 0 || member.unit.offset + member.unit.bytes > decl.size))
      wrong.push(`${name}: unit`);
    if (member.kind === "bits" && (member.shift < 0 || member.shift + member.bitSize > member.unit.bytes * 8)) wrong.push(`${name}: shift`);
    end = Math.max(end, start + bytes);
  }
  return end === decl.size ? wrong : [...wrong, `${decl.path}: ends at ${end} of ${decl.size}`];
}
