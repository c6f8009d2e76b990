import { assertNever, declOf, type IntRef, type Layout, type OpaqueTarget, type TypeDecl, type TypeRef } from "@lbc/core/layout";

const intNames: Readonly<Record<IntRef["bytes"], string>> = { 1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128" };

function intName({ bytes, signed, role }: IntRef): string {
  if (role !== "number") return role;
  const name = intNames[bytes];
  if (!signed) return `unsigned ${name}`;
  return bytes === 1 ? `signed ${name}` : name;
}

const floatNames = { 2: "_Float16", 4: "float", 8: "double", 12: "long double", 16: "long double" } as const;

/** What C calls a type: its typedef name, or its tag with the keyword; the path where a name alone is not enough. */
export function declName(decl: TypeDecl): string {
  if (decl.kind !== "typedef") return `${decl.kind} ${decl.path}`;
  return decl.path === `${decl.name}~typedef` ? decl.name : decl.path;
}

/** A type, or the declaration of `name` with it, in C's own order: `char (*argv)[16]`. */
export function cType(layout: Layout, ref: TypeRef | OpaqueTarget, name = ""): string {
  const spaced = name === "" || name.startsWith("[") ? name : ` ${name}`;
  switch (ref.kind) {
    case "int":
      return intName(ref) + spaced;
    case "float":
      return floatNames[ref.bytes] + spaced;
    case "named":
      return declName(declOf(layout, ref)) + spaced;
    case "array":
      return cType(layout, ref.element, `${name}[${ref.length === 0 ? "" : ref.length}]`);
    case "pointer":
      if (ref.to.kind === "function") return `void (*${name})()`;
      return cType(layout, ref.to, ref.to.kind === "array" ? `(*${name})` : `*${name}`);
    case "void":
      return `void${spaced}`;
    case "function":
      return `void ${name}()`;
    case "incomplete": {
      const tag = ref.tag === "typedef" ? "" : `${ref.tag} `;
      return `${tag}${ref.name ?? "{…}"}${spaced}`;
    }
    default:
      return assertNever(ref);
  }
}
