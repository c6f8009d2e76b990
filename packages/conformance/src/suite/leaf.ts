import { type Btf, type BtfComposite, type BtfId, type BtfType, isUndescribed, undescribedBytes } from "@lbc/core/btf";

/** What a leaf holds, as every language prints it: numbers in decimal, floats as the hex digits of their IEEE form, text and bytes in hex. */
export type Scalar =
  | { readonly kind: "int" | "enum"; readonly signed: boolean }
  | { readonly kind: "bool" | "pointer" }
  | { readonly kind: "float" }
  /** `char[N]`, up to its first zero byte. */
  | { readonly kind: "text" }
  /** `u8[N]`, or a float that no language has, or what BTF cannot describe. */
  | { readonly kind: "bytes"; readonly initializable: boolean };

/** A member, or an element of an array, that has no parts of its own. */
export interface Leaf {
  /** As a C designator: `.peer.port`, `.slots[2].id`. */
  readonly path: string;
  readonly scalar: Scalar;
  /** From the start of the outermost type; of a bit-field in memory order of the object's byte order, as BTF counts. */
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly bitField: boolean;
  /** The unions around it, outermost first, and which of their members leads to it. */
  readonly arms: readonly Arm[];
}

export interface Arm {
  /** Unique in the outermost type. */
  readonly union: string;
  readonly member: number;
  readonly members: number;
}

interface Place {
  readonly path: string;
  readonly bitOffset: number;
  readonly arms: readonly Arm[];
}

/** The leaves of a type in order of declaration, read from BTF alone: what the layout says is compared with it. */
export function btfLeaves(btf: Btf, id: BtfId, place: Place = { path: "", bitOffset: 0, arms: [] }): Leaf[] {
  const type = btf.resolve(id);
  if (type.kind === "struct" || type.kind === "union") {
    return type.members.flatMap((_, index) => {
      const arm = { union: place.path + anonymous(place), member: index, members: type.members.length };
      const arms = type.kind === "union" ? [...place.arms, arm] : place.arms;
      return memberLeaves(btf, type, index, { ...place, arms });
    });
  }
  if (type.kind === "array" && !isText(btf, type) && !isBytes(btf, type)) {
    const stride = 8 * btf.size(type.element);
    return Array.from({ length: type.length }, (_, index) => index).flatMap((index) =>
      btfLeaves(btf, type.element, { ...place, path: `${place.path}[${index}]`, bitOffset: place.bitOffset + index * stride }),
    );
  }
  const bitSize = type.kind === "pointer" ? 64 : 8 * btf.size(type.id);
  return bitSize === 0 ? [] : [{ ...visible(place), scalar: scalarOf(btf, type), bitSize, bitField: false }];
}

/** Members without a name keep their place in the path as `<index>`, which C does not write. */
function memberLeaves(btf: Btf, type: BtfComposite, index: number, outer: Place): Leaf[] {
  const member = type.members[index];
  if (member === undefined) throw new RangeError(`there is no member ${index}`);
  const place = {
    path: outer.path + (member.name === "" ? `<${index}>` : `.${member.name}`),
    bitOffset: outer.bitOffset + member.bitOffset,
    arms: outer.arms,
  };
  if (isUndescribed(btf, member.type)) {
    const bitSize = 8 * undescribedBytes(btf, type, index);
    return bitSize === 0 ? [] : [{ ...visible(place), scalar: { kind: "bytes", initializable: false }, bitSize, bitField: false }];
  }
  if (member.bitSize === 0) return btfLeaves(btf, member.type, place);
  if (member.name === "") return [];
  const scalar = scalarOf(btf, btf.resolve(member.type));
  return [{ ...visible(place), scalar, bitSize: member.bitSize, bitField: true }];
}

const anonymous = ({ arms }: Place): string => `#${arms.length}`;
const visible = (place: Place): Place => ({ ...place, path: place.path.replaceAll(/<\d+>/g, "") });

function scalarOf(btf: Btf, type: BtfType): Scalar {
  switch (type.kind) {
    case "int":
      return type.bool ? { kind: "bool" } : { kind: "int", signed: type.signed };
    case "enum":
      return { kind: "enum", signed: type.signed };
    case "pointer":
      return { kind: "pointer" };
    case "float":
      return type.size === 4 || type.size === 8 ? { kind: "float" } : { kind: "bytes", initializable: false };
    case "array":
      return isText(btf, type) ? { kind: "text" } : { kind: "bytes", initializable: true };
    default:
      throw new RangeError(`a ${type.kind} is no member`);
  }
}

function isText(btf: Btf, type: BtfType): boolean {
  if (type.kind !== "array") return false;
  const element = btf.resolve(type.element);
  return element.kind === "int" && element.name === "char";
}

function isBytes(btf: Btf, type: BtfType): boolean {
  if (type.kind !== "array") return false;
  const element = btf.resolve(type.element);
  return element.kind === "int" && element.size === 1 && !element.signed && !element.bool && element.name !== "char";
}
