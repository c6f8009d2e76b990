import { type Bits, type BitsLeaf, type FieldLeaf, isByte, type Leaf, type Piece, resolveTypedefs } from "@lbc/core/layout";
import { allocateNames } from "@lbc/emit";
import { call, chain, type Expression, generic, member, method, paired, prefixed } from "./expressions.ts";
import { fieldNames } from "./names.ts";
import type { Placement } from "./placement.ts";
import {
  alias,
  assignment,
  constant,
  docLines,
  fieldLine,
  implementation,
  inherent,
  signature,
  statement,
  stringLiteral,
  structHead,
  value,
} from "./rustfmt.ts";
import { hasFloat, integerName, rustType, type TypeContext } from "./spelling.ts";
import { nameMembers, type StructNames } from "./struct-names.ts";

const step = "    ";

/** Every struct is its bytes, which zerocopy proves; apart from the first derive, or rustfmt would join them into a long one. */
export const plain = ["#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]", '#[zerocopy(crate = "rlbc::zerocopy")]'];

/** A struct with what belongs to it: Default, Debug, accessors and the proof of its layout. */
export class StructPrinter {
  readonly #context: TypeContext;
  readonly #name: string;
  readonly #doc: readonly string[];
  readonly #placement: Placement;
  readonly #names: StructNames;

  constructor(context: TypeContext, name: string, doc: readonly string[], placement: Placement) {
    this.#context = context;
    this.#name = name;
    this.#doc = doc;
    this.#placement = placement;
    this.#names = nameMembers(placement);
  }

  /** All items, each as one string; `size` and `align` in bytes are what they have to be. */
  print(size: number, align: number): string[] {
    const accessors = this.#placement.leaves.filter((leaf) => this.#names.write.has(leaf));
    return [
      this.#struct(),
      ...(accessors.length + this.#names.tails.size === 0 ? [] : [this.#accessors(accessors)]),
      this.#default(),
      ...(this.#derivesDebug() ? [] : [this.#debug()]),
      this.#proof(size, align),
    ];
  }

  #struct(): string {
    const { repr, pieces } = this.#placement;
    const comparable = !pieces.some((piece) => piece.kind === "field" && hasFloat(this.#context, piece.leaf.type));
    const traits = ["Clone, Copy", ...(this.#derivesDebug() ? ["Debug"] : []), "PartialEq", ...(comparable ? ["Eq, Hash"] : [])];
    const fields = pieces.flatMap((piece) => this.#pieceLines(piece));
    const body = fields.length === 0 ? [`pub struct ${this.#name} {}`] : [structHead(this.#name), ...fields, "}"];
    return [...this.#doc, `#[derive(${traits.join(", ")})]`, `#[repr(${repr})]`, ...plain, ...body].join("\n");
  }

  #pieceLines(piece: Piece): string[] {
    if (piece.kind === "field") {
      const { name, type, doc } = piece.leaf;
      const field = this.#read(piece.leaf);
      return [...docLines(step, doc), ...aliasLine(name, field), fieldLine(step, `pub ${field}`, rustType(this.#context, type))];
    }
    const field = this.#names.rest.get(piece) ?? "";
    if (piece.kind === "padding") return [fieldLine(step, `pub ${field}`, `rlbc::Padding<${piece.size}>`)];
    const inside = this.#placement.leaves.filter((leaf) => this.#names.write.has(leaf) && contains(piece, leaf));
    const doc = inside.length === 0 ? null : `The bytes of ${inside.map((leaf) => `\`${this.#read(leaf)}()\``).join(", ")}.`;
    return [...docLines(step, doc), fieldLine(step, `pub ${field}`, `[u8; ${piece.size}]`)];
  }

  #derivesDebug(): boolean {
    const { repr, pieces } = this.#placement;
    return !repr.includes("packed") && pieces.every((piece) => piece.kind === "field");
  }

  #accessors(leaves: readonly Leaf[]): string {
    const constants = leaves.flatMap((leaf) => (leaf.kind === "bits" ? [this.#bitField(leaf)] : []));
    const tails = [...this.#names.tails].flatMap(([leaf, name]) => (leaf.kind === "field" ? [this.#tail(leaf, name)] : []));
    const methods = [...leaves.flatMap((leaf) => [this.#getter(leaf), this.#setter(leaf)]), ...tails];
    const blocks = [...(constants.length === 0 ? [] : [constants.join("\n")]), ...methods];
    return [inherent(this.#name), blocks.join("\n\n"), "}"].join("\n");
  }

  #bitField(leaf: BitsLeaf): string {
    const { member: bits, offset } = leaf;
    const order = this.#context.layout.object.endianness;
    const place = [offset, bits.unit.bytes, bits.shift, bits.bitSize].map(String);
    return constant(step, `const ${this.#constant(leaf)}`, "rlbc::BitField", call(`rlbc::BitField::${order}`, ...place));
  }

  #constant(leaf: Leaf): string {
    return this.#names.constants.get(leaf) ?? "";
  }

  #getter(leaf: Leaf): string {
    const name = this.#read(leaf);
    const width = leaf.kind === "bits" ? `${leaf.member.bitSize} ${leaf.member.bitSize === 1 ? "bit" : "bits"}.` : null;
    const doc = [...docLines(step, leaf.doc, width), ...aliasLine(leaf.name, name)];
    const body = leaf.kind === "bits" ? this.#readBits(leaf) : call("rlbc::field::get", "self", `${leaf.offset}`);
    return [...doc, signature(step, `pub fn ${name}`, ["&self"], this.#accessType(leaf)), value(step + step, body), `${step}}`].join("\n");
  }

  #setter(leaf: Leaf): string {
    const name = this.#names.write.get(leaf) ?? "";
    const head = signature(step, `pub fn ${name}`, ["&mut self", `value: ${this.#accessType(leaf)}`], null);
    const body = leaf.kind === "bits" ? this.#writeBits(leaf) : call("rlbc::field::set", "self", `${leaf.offset}`, "value");
    return [...docLines(step, `Sets \`${this.#read(leaf)}()\`.`), head, statement(step + step, body), `${step}}`].join("\n");
  }

  /** A flexible array is what a record has behind the struct. */
  #tail(leaf: FieldLeaf, name: string): string {
    const type = resolveTypedefs(this.#context.layout, leaf.type);
    const isBytes = type.kind === "array" && (type.text || isByte(this.#context.layout, type.element));
    const element = type.kind === "array" ? rustType(this.#context, type.element) : rustType(this.#context, type);
    const result = isBytes ? "&[u8]" : generic("impl Iterator", `Item = ${element}`);
    const doc = docLines(step, `\`${this.#read(leaf)}\` of a record: ${isBytes ? "the bytes" : "the elements"} that it has there.`);
    const head = signature(step, `pub fn ${name}`, ["record: &[u8]"], result);
    const body = call(isBytes ? "rlbc::field::tail" : "rlbc::field::elements", "record", `${leaf.offset}`);
    return [...doc, head, value(step + step, body), `${step}}`].join("\n");
  }

  #accessType(leaf: Leaf): string {
    return leaf.kind === "field" ? rustType(this.#context, leaf.type) : this.#bitsType(leaf.member).type;
  }

  /** How a bit-field is handed out: as a bool, as its enum, or as an integer of the declared type, in this machine's order. */
  #bitsType(bits: Bits): { type: string; integer: string; kind: "bool" | "enum" | "integer" } {
    const type = resolveTypedefs(this.#context.layout, bits.type);
    if (type.kind === "int" && type.role === "bool") return { type: "bool", integer: "bool", kind: "bool" };
    const bytes = type.kind === "int" ? type.bytes : this.#enumBytes(bits);
    const integer = integerName(bytes, bits.signed);
    return type.kind === "named"
      ? { type: rustType(this.#context, type), integer, kind: "enum" }
      : { type: integer, integer, kind: "integer" };
  }

  #enumBytes(bits: Bits): number {
    const type = resolveTypedefs(this.#context.layout, bits.type);
    const decl = type.kind === "named" ? this.#context.layout.types[type.id] : undefined;
    return decl?.kind === "enum" ? decl.bytes : 8;
  }

  #readBits(leaf: BitsLeaf): Expression {
    const { type, integer, kind } = this.#bitsType(leaf.member);
    const raw = chain(`Self::${this.#constant(leaf)}`, method(leaf.member.signed ? "get_signed" : "get", "self"));
    if (kind === "bool") return paired(raw, "!= 0");
    const number = integer.endsWith("128") ? raw : paired(raw, `as ${integer}`);
    return kind === "enum" ? call(`${type}::new`, number) : number;
  }

  #writeBits(leaf: BitsLeaf): Expression {
    const { integer, kind } = this.#bitsType(leaf.member);
    const value = kind === "enum" ? chain("value", method("get")) : "value";
    return chain(`Self::${this.#constant(leaf)}`, method("set", "self", integer === "u128" ? value : paired(value, "as u128")));
  }

  #default(): string {
    return [
      implementation("Default", this.#name),
      `${step}/// All bytes zero.`,
      `${step}fn default() -> Self {`,
      `${step}${step}rlbc::zerocopy::FromZeros::new_zeroed()`,
      `${step}}`,
      "}",
    ].join("\n");
  }

  /** Fields of a packed struct cannot be borrowed: they are copied first. */
  #debug(): string {
    const leaves = this.#placement.leaves.map((leaf) => ({ name: this.#read(leaf), isField: !this.#names.write.has(leaf) }));
    const copied = this.#placement.repr.includes("packed") ? leaves.filter(({ isField }) => isField) : [];
    const [formatter = "f"] = allocateNames(
      ["f"],
      fieldNames,
      copied.map(({ name }) => name),
    );
    const fields = leaves.map(({ name, isField }) => {
      const shown = isField ? (copied.length > 0 ? name : chain("self", member(name))) : chain("self", method(name));
      return method("field", stringLiteral(name.replace(/^r#/, "")), prefixed("&", shown));
    });
    const inner = step + step;
    return [
      implementation("std::fmt::Debug", this.#name),
      `${step}fn fmt(&self, ${formatter}: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {`,
      ...copied.map(({ name }) => assignment(inner, `let ${name} =`, chain("self", member(name)))),
      value(inner, chain(formatter, method("debug_struct", stringLiteral(this.#name)), ...fields, method("finish"))),
      `${step}}`,
      "}",
    ].join("\n");
  }

  /** Macros with braces are the one place where rustfmt leaves line breaks alone. */
  #proof(size: number, align: number): string {
    const fields = this.#placement.pieces.flatMap((piece) => {
      const name = piece.kind === "field" ? this.#read(piece.leaf) : (this.#names.rest.get(piece) ?? "");
      return `${step}${name}: ${piece.offset},`;
    });
    return ["rlbc::assert_layout! {", `${step}${this.#name}, size ${size}, align ${align};`, ...fields, "}"].join("\n");
  }

  #read(leaf: Leaf): string {
    return this.#names.read.get(leaf) ?? "";
  }
}

const contains = (piece: Piece, leaf: Leaf): boolean => leaf.offset >= piece.offset && leaf.offset < piece.offset + piece.size;

/** Lets rustdoc find a member by its C name, where that is another one. */
const aliasLine = (name: string, identifier: string): string[] =>
  name === identifier || `r#${name}` === identifier ? [] : [alias(step, name)];
