import { withArticle } from "../article.ts";
import { type BtfComposite, type BtfEnum, type BtfId, type BtfInt, type BtfType, type BtfTypedef, undescribedBytes } from "../btf/index.ts";
import { Collection, isOpaqueMember, maxDepth, type Root } from "./collect.ts";
import { type CompositeDraft, type DraftMember, layOut } from "./composite.ts";
import { damaged } from "./errors.ts";
import { allocatePaths } from "./paths.ts";
import { alignOf, sizeOf } from "./query.ts";
import type { TypeSource, TypeSpec } from "./source.ts";
import { pointerTags, specialOf } from "./special.ts";
import type { EnumDecl, Note, OpaqueTarget, Shape, StructDecl, TypeDecl, TypedefDecl, TypeRef, UnionDecl } from "./types.ts";

/** BTF stores sizes in 32 bits; what is larger comes from a damaged array. */
const maxBytes = 2 ** 32;

/** All types of a layout: made from what is reached, then asked for references. */
export class TypeTable {
  readonly types: readonly TypeDecl[];
  readonly notes: readonly Note[];
  readonly #collection: Collection;
  readonly #endianness: "little" | "big";
  readonly #paths: readonly string[];

  constructor(roots: Iterable<Root>, endianness: "little" | "big") {
    const collection = new Collection(roots);
    const named = collection.entries.map((entry) => ({
      entry,
      target: entry.type.kind === "typedef" ? (collection.indexOf(entry.source, entry.source.bare(entry.type.type)) ?? null) : null,
    }));
    const { paths, notes } = allocatePaths(named);
    this.#collection = collection;
    this.#endianness = endianness;
    this.#paths = paths;
    this.notes = notes;
    const types: TypeDecl[] = [];
    this.types = types;
    // A type stands after those that it contains, so everything that a declaration asks for is already there.
    for (const [id, { source, type }] of collection.entries.entries()) types.push(this.#declare(source, type, id));
  }

  /** The reference to a type that was reached. */
  ref({ source, id }: TypeSpec): TypeRef {
    const type = source.bare(id);
    switch (type.kind) {
      case "int":
        return intRef(type);
      case "float":
        return { kind: "float", bytes: floatBytes(type.size) };
      case "pointer":
        return { kind: "pointer", to: this.#target(source, type.type, 1), tags: pointerTags(source.btf, type.type) };
      case "array": {
        const element = this.ref({ source, id: type.element });
        if (this.sizeOf(element) * type.length >= maxBytes) {
          throw damaged("type-too-large", { message: `an array of ${type.length} elements of ${this.sizeOf(element)} bytes` });
        }
        return { kind: "array", element, length: type.length, text: isChar(source.btf.resolve(type.element)) };
      }
      default: {
        const index = this.#collection.indexOf(source, type);
        if (index === undefined) throw damaged("not-a-value", { type: type.name, message: `${withArticle(type.kind)} is no value` });
        return { kind: "named", id: index };
      }
    }
  }

  /** The reference to a type that may not have been reached: null then. */
  refIfReached(spec: TypeSpec): TypeRef | null {
    const target = this.#target(spec.source, spec.id, 1);
    return target.kind === "void" || target.kind === "function" || target.kind === "incomplete" ? null : target;
  }

  /** Size in bytes. */
  sizeOf(ref: TypeRef): number {
    return sizeOf(this, ref);
  }

  /** Least alignment in bytes. */
  alignOf(ref: TypeRef): number {
    return alignOf(this, ref);
  }

  #target(source: TypeSource, id: BtfId, depth: number): TypeRef | OpaqueTarget {
    if (depth > maxDepth) throw damaged("too-deep", { message: `pointers to pointers more than ${maxDepth} deep` });
    const type = source.bare(id);
    switch (type.kind) {
      case "int":
      case "float":
        return this.ref({ source, id });
      case "pointer":
        return { kind: "pointer", to: this.#target(source, type.type, depth + 1), tags: pointerTags(source.btf, type.type) };
      case "array": {
        const element = this.#target(source, type.element, depth + 1);
        if (element.kind === "void" || element.kind === "function" || element.kind === "incomplete") return { kind: "void" };
        return { kind: "array", element, length: type.length, text: isChar(source.btf.resolve(type.element)) };
      }
      case "struct":
      case "union":
      case "enum":
      case "typedef": {
        const index = this.#collection.indexOf(source, type);
        return index === undefined ? { kind: "incomplete", tag: type.kind, name: type.name || null } : { kind: "named", id: index };
      }
      case "forward": {
        const defined = this.#collection.entries.findIndex((entry) => entry.type.kind === type.of && entry.type.name === type.name);
        return defined === -1 ? { kind: "incomplete", tag: type.of, name: type.name || null } : { kind: "named", id: defined };
      }
      case "function":
      case "function-prototype":
        return { kind: "function" };
      default:
        return { kind: "void" };
    }
  }

  #declare(source: TypeSource, type: BtfComposite | BtfEnum | BtfTypedef, id: number): TypeDecl {
    const path = this.#paths[id] as string;
    const doc = source.doc(type.id) ?? this.#typedefDoc(source, type, path);
    switch (type.kind) {
      case "typedef":
        return { kind: "typedef", id, name: type.name, path, doc, type: this.ref({ source, id: type.type }) } satisfies TypedefDecl;
      case "enum": {
        const bytes = enumBytes(type);
        // without the kind flag, older compilers sign-extend the values of a small enum to 32 bits
        const fit = type.signed ? BigInt.asIntN : BigInt.asUintN;
        const values = type.values.map(({ name, value }) => ({ name, value: fit(bytes * 8, value).toString(), doc: null }));
        return { kind: "enum", id, name: type.name || null, path, doc, bytes, signed: type.signed, values } satisfies EnumDecl;
      }
      case "struct":
      case "union": {
        const laidOut = layOut(this.#draft(source, type, path));
        return { kind: type.kind, id, name: type.name || null, path, doc, size: type.size, ...laidOut } satisfies StructDecl | UnionDecl;
      }
    }
  }

  /** What the typedef says that gives a type without a name its name. */
  #typedefDoc(source: TypeSource, type: BtfComposite | BtfEnum | BtfTypedef, path: string): string | null {
    if (type.kind === "typedef" || type.name !== "") return null;
    const naming = this.#collection.entries.find(
      (entry) =>
        entry.source === source && entry.type.kind === "typedef" && entry.type.name === path && source.bare(entry.type.type).id === type.id,
    );
    return naming === undefined ? null : source.doc(naming.type.id);
  }

  #draft(source: TypeSource, type: BtfComposite, path: string): CompositeDraft {
    return {
      kind: type.kind,
      label: `${type.kind} ${path}`,
      size: type.size,
      endianness: this.#endianness,
      members: type.members.map((member, index): DraftMember => {
        const isOpaque = isOpaqueMember(source, member);
        const ref = isOpaque ? bytesRef(undescribedBytes(source.btf, type, index)) : this.ref({ source, id: member.type });
        const resolved = source.btf.resolve(member.type);
        // Before kind_flag a bit-field was an integer type of its own, with fewer bits than its bytes hold.
        const old = member.bitSize === 0 && resolved.kind === "int" && resolved.bits !== resolved.size * 8 ? resolved : null;
        return {
          name: member.name || null,
          bitOffset: member.bitOffset + (old?.bitOffset ?? 0),
          bitSize: old?.bits ?? member.bitSize,
          type: ref,
          size: this.sizeOf(ref),
          align: this.alignOf(ref),
          signed: (resolved.kind === "int" && resolved.signed && !resolved.bool) || (resolved.kind === "enum" && resolved.signed),
          shape: this.#shapeOf(ref),
          zeroLength: resolved.kind === "array" && resolved.length === 0,
          special: specialOf(source.btf, member.type),
          doc: source.doc(type.id, index),
        };
      }),
    };
  }

  #shapeOf(ref: TypeRef): Shape | null {
    if (ref.kind === "array") return this.#shapeOf(ref.element);
    if (ref.kind !== "named") return null;
    const decl = this.types[ref.id] as TypeDecl;
    if (decl.kind === "typedef") return this.#shapeOf(decl.type);
    return decl.kind === "enum" ? null : decl.shape;
  }
}

const isChar = (type: BtfType): boolean => type.kind === "int" && type.name === "char" && type.size === 1;
const isBool = (type: BtfInt): boolean => type.bool || type.name === "_Bool" || type.name === "bool";

function intRef(type: BtfInt): TypeRef {
  switch (type.size) {
    case 1:
    case 2:
    case 4:
    case 8:
    case 16:
      return { kind: "int", bytes: type.size, signed: type.signed, role: isChar(type) ? "char" : isBool(type) ? "bool" : "number" };
    default:
      return bytesRef(type.size);
  }
}

/** What is known by its size only. */
export const bytesRef = (length: number): TypeRef => ({
  kind: "array",
  element: { kind: "int", bytes: 1, signed: false, role: "number" },
  length,
  text: false,
});

function floatBytes(size: number): 2 | 4 | 8 | 12 | 16 {
  if (size === 2 || size === 4 || size === 8 || size === 12 || size === 16) return size;
  throw damaged("not-a-value", { message: `a floating-point number of ${size} bytes` });
}

function enumBytes(type: BtfEnum): 1 | 2 | 4 | 8 {
  if (type.size === 1 || type.size === 2 || type.size === 4 || type.size === 8) return type.size;
  throw damaged("not-a-value", { type: `enum ${type.name}`, message: `an enum of ${type.size} bytes` });
}
