import {
  compositeOf,
  type EnumDecl,
  isOwnName,
  type Layout,
  leavesOf,
  type Member,
  type OpaqueTarget,
  resolveTypedefs,
  sizeOf,
  type TypeDecl,
  type TypeId,
  type TypeRef,
  usedTypes,
} from "@lbc/core/layout";
import { allocateNames, type NamingPolicy } from "@lbc/emit";
import { bpfNames, cNames, type UnitNames } from "./names.ts";
import { cxxNamespaces, isSystemConstant, systemTypes } from "./system-names.ts";

/** Where the types are compiled: beside the system's headers, or beside vmlinux.h. */
export type Side = "user" | "bpf";

/** Typedefs that are there already, with what they must be to be used by name: size in bytes, sign, and the name to use. */
type KnownTypedef = readonly [bytes: number, signed: boolean, name: string];

const widths = [8, 16, 32, 64];

function knownTypedefs(side: Side): ReadonlyMap<string, KnownTypedef> {
  const known = new Map<string, KnownTypedef>([["bool", [1, false, "bool"]]]);
  for (const bits of widths) {
    for (const [letter, signed] of [["u", false] as const, ["s", true] as const]) {
      known.set(`__${letter}${bits}`, [bits / 8, signed, `__${letter}${bits}`]);
      known.set(`${letter}${bits}`, [bits / 8, signed, side === "user" ? `__${letter}${bits}` : `${letter}${bits}`]);
    }
    if (bits > 8) for (const order of ["be", "le"]) known.set(`__${order}${bits}`, [bits / 8, false, `__${order}${bits}`]);
  }
  for (const [name, bytes, signed] of [
    ["pid_t", 4, true],
    ["uid_t", 4, false],
    ["gid_t", 4, false],
    ["size_t", 8, false],
    ["ssize_t", 8, true],
  ] as const) {
    known.set(name, [bytes, signed, name]);
  }
  if (side === "user") {
    for (const bits of widths) {
      known.set(`uint${bits}_t`, [bits / 8, false, `uint${bits}_t`]);
      known.set(`int${bits}_t`, [bits / 8, true, `int${bits}_t`]);
    }
  }
  return known;
}

/** How a declaration appears in the output. */
export type Role =
  /** Printed where it stands, under its own name, which other headers may have too. */
  | "own"
  /** Printed where it stands, under a name that only this output has. */
  | "private"
  /** A typedef that is used under another name that is there already, or only stands for its type. */
  | "seen-through"
  /** An anonymous struct or union whose members are reached as if they stood in its parent: printed there. */
  | "inline";

export interface TypeName {
  readonly role: Role;
  /** As a type is written: `struct event`, `event_t`, `__u32`; null where it is seen through or inline. */
  readonly spelling: string | null;
  /** The name alone. */
  readonly name: string;
  /** A typedef stands for an anonymous struct, union or enum: `typedef struct { … } event_t`. */
  readonly typedefs: boolean;
}

/** Every name of the types of one object, decided before anything is printed. */
export class TypeNames {
  readonly #types: readonly TypeName[];
  readonly #enumerators = new Map<TypeId, readonly string[]>();
  readonly #members = new Map<TypeId, ReadonlyMap<Member, string>>();
  /** What the names of C must not be, where these are compiled. */
  readonly policy: NamingPolicy;

  constructor(layout: Layout, unit: UnitNames, side: Side) {
    this.policy = side === "user" ? cNames : bpfNames;
    const known = knownTypedefs(side);
    const inline = inlineTypes(layout);
    const drafts = layout.types.map((decl) => draftName(layout, decl, unit, side, known, inline));
    const shown = drafts.flatMap(({ role, aliasOf }, id) => ((role === "own" || role === "private") && aliasOf === null ? [id] : []));
    const allocated = allocateNames(
      shown.map((id) => drafts[id]?.name ?? ""),
      this.policy,
    );
    const nameOf = new Map(shown.map((id, index) => [id, allocated[index] ?? ""]));
    this.#types = drafts.map((draft, id) => settle(layout.types[id]?.kind ?? "typedef", draft, nameOf.get(draft.aliasOf ?? id)));
    this.#allocateEnumerators(layout, unit, allocated);
    // in C++ a member that is called like a type hides it from the members after it
    const typedefs = this.#types.flatMap(({ spelling }) => (spelling !== null && !spelling.includes(" ") ? [spelling] : []));
    const members = { ...this.policy, reserved: new Set([...this.policy.reserved, ...(side === "user" ? typedefs : [])]) };
    for (const decl of layout.types) this.#allocateMembers(layout, decl, members);
  }

  type(id: TypeId): TypeName {
    const type = this.#types[id];
    if (type === undefined) throw new RangeError(`type id ${id} is not in the layout`);
    return type;
  }

  /** Whether a struct or union of this name can be declared: C++ has one namespace for tags and typedefs. */
  canBeTag(kind: "struct" | "union", name: string): boolean {
    return (
      !cxxNamespaces.includes(name) &&
      this.#types.every((type) => type.spelling === null || type.name !== name || type.spelling === `${kind} ${name}`)
    );
  }

  /** In the order of the enum's values. */
  enumerators(decl: EnumDecl): readonly string[] {
    return this.#enumerators.get(decl.id) ?? [];
  }

  /** The name of a member, in the scope of the struct or union that it is reached through. */
  member(of: TypeId, member: Member): string {
    const name = this.#members.get(of)?.get(member);
    if (name === undefined) throw new RangeError("a member without a name was asked for it");
    return name;
  }

  #allocateEnumerators(layout: Layout, unit: UnitNames, taken: readonly string[]): void {
    const enums = layout.types.filter((decl) => decl.kind === "enum");
    const wanted = enums.flatMap((decl) => {
      const prefix = decl.values.some(({ name }) => isSystemConstant(name)) ? `${unit.macro}_` : "";
      return decl.values.map(({ name }) => prefix + name);
    });
    const names = allocateNames(wanted, this.policy, [...taken, ...cxxNamespaces]);
    for (const decl of enums) this.#enumerators.set(decl.id, names.splice(0, decl.values.length));
  }

  /** Members of anonymous structs share the scope of their parent. */
  #allocateMembers(layout: Layout, decl: TypeDecl, policy: NamingPolicy): void {
    if (decl.kind !== "struct" && decl.kind !== "union") return;
    const leaves = leavesOf(layout, decl);
    const names = allocateNames(
      leaves.map((leaf) => leaf.name),
      policy,
    );
    this.#members.set(decl.id, new Map(leaves.map(({ member }, index) => [member, names[index] ?? ""])));
  }
}

interface Draft {
  readonly role: Role;
  readonly name: string;
  readonly typedefs: boolean;
  /** The name of a typedef that is there already. */
  readonly known: string | null;
  /** `typedef struct event event`: the tag and the typedef share one name, in C++ too. */
  readonly aliasOf: TypeId | null;
}

const noDraft = { typedefs: false, known: null, aliasOf: null };

/** Anonymous types that nothing refers to but unnamed fields. */
function inlineTypes(layout: Layout): ReadonlySet<TypeId> {
  const unnamed = new Set<TypeId>();
  const referred = new Set<TypeId>();
  const refer = (ref: TypeRef | OpaqueTarget | null): void => {
    if (ref?.kind === "named") referred.add(ref.id);
    else if (ref?.kind === "array") refer(ref.element);
    else if (ref?.kind === "pointer") refer(ref.to);
  };
  for (const decl of layout.types) {
    if (decl.kind === "typedef") refer(decl.type);
    if (decl.kind !== "struct" && decl.kind !== "union") continue;
    for (const member of decl.members) {
      if (member.kind === "padding") continue;
      const inner = member.kind === "field" && member.name === null ? compositeOf(layout, member.type) : null;
      if (inner !== null) unnamed.add(inner.id);
      else refer(member.type);
    }
  }
  for (const type of usedTypes(layout)) refer(type);
  return new Set([...unnamed].filter((id) => !referred.has(id)));
}

function draftName(
  layout: Layout,
  decl: TypeDecl,
  unit: UnitNames,
  side: Side,
  known: ReadonlyMap<string, KnownTypedef>,
  inline: ReadonlySet<TypeId>,
): Draft {
  if (inline.has(decl.id)) return { ...noDraft, role: "inline", name: decl.path };
  if (decl.kind === "typedef") return draftTypedef(layout, decl, unit, side, known);
  const typedefs = decl.name === null && layout.types.some((other) => other.kind === "typedef" && other.name === decl.path);
  const own = (decl.name === decl.path || typedefs) && !systemTypes.has(decl.path);
  return { ...noDraft, role: own ? "own" : "private", name: own ? decl.path : `${unit.unit}_${decl.path}`, typedefs };
}

function draftTypedef(
  layout: Layout,
  decl: TypeDecl & { kind: "typedef" },
  unit: UnitNames,
  side: Side,
  known: ReadonlyMap<string, KnownTypedef>,
): Draft {
  const seenThrough: Draft = { ...noDraft, role: "seen-through", name: decl.name };
  if (isOwnName(layout, decl) && decl.type.kind === "named") {
    // `typedef struct { … } event_t` is printed with its struct
    if (!isTagged(layout, decl)) return seenThrough;
    const own = !systemTypes.has(decl.name);
    return { ...noDraft, role: own ? "own" : "private", name: decl.name, aliasOf: decl.type.id };
  }
  const type = resolveTypedefs(layout, decl.type);
  const there = known.get(decl.name);
  if (there !== undefined && type.kind === "int" && type.bytes === there[0] && type.signed === there[1]) {
    return { ...seenThrough, known: there[2] === "bool" && type.role !== "bool" ? null : there[2] };
  }
  if (there !== undefined || systemTypes.has(decl.name)) return seenThrough;
  // vmlinux.h may have it as `long` where this would say `long long`, which C takes for another type
  if (side === "bpf" && decl.type.kind === "int" && sizeOf(layout, decl.type) === 8) return seenThrough;
  const own = decl.path === decl.name;
  return { ...noDraft, role: own ? "own" : "private", name: own ? decl.name : `${unit.unit}_${decl.path}` };
}

/** Whether a typedef's type is a struct, union or enum with a tag. */
function isTagged(layout: Layout, decl: TypeDecl & { kind: "typedef" }): boolean {
  const target = decl.type.kind === "named" ? layout.types[decl.type.id] : undefined;
  return target !== undefined && target.kind !== "typedef" && target.name !== null;
}

function settle(kind: TypeDecl["kind"], { role, name: drafted, typedefs, known }: Draft, allocated: string | undefined): TypeName {
  const name = known ?? allocated ?? drafted;
  if (role === "inline") return { role, typedefs, name, spelling: null };
  if (kind === "typedef") return { role, typedefs, name, spelling: role === "seen-through" ? known : name };
  return { role, typedefs, name, spelling: typedefs ? name : `${kind} ${name}` };
}
