import { type Bits, type BitsLeaf, type FieldLeaf, type Leaf, type Piece, resolveTypedefs } from "@lbc/core/layout";
import { commentLines } from "./doc-comment.ts";
import { alignRows, type Row } from "./gofmt.ts";
import type { Placement } from "./placement.ts";
import { byteOrder, bytesType, enumOf, goType, integerBits, integerName, type TypeContext } from "./spelling.ts";
import { nameMembers, type StructNames } from "./struct-names.ts";

/** A struct type with its accessors and the proof of its layout. */
export interface StructView {
  readonly items: readonly string[];
  readonly proof: readonly string[];
}

export function structView(context: TypeContext, name: string, doc: readonly string[], placement: Placement, size: number): StructView {
  const printer = new StructPrinter(context, name, placement);
  return { items: [[...doc, printer.struct()].join("\n"), ...printer.accessors(), ...printer.shown()], proof: printer.proof(size) };
}

class StructPrinter {
  readonly #context: TypeContext;
  readonly #name: string;
  readonly #placement: Placement;
  readonly #names: StructNames;

  constructor(context: TypeContext, name: string, placement: Placement) {
    this.#context = context;
    this.#name = name;
    this.#placement = placement;
    this.#names = nameMembers(placement);
  }

  #isField(leaf: Leaf): boolean {
    return this.#placement.pieces.some((piece) => piece.kind === "field" && piece.leaf === leaf);
  }

  struct(): string {
    const rows = this.#placement.pieces.flatMap((piece) => this.#row(piece));
    if (rows.length === 0) return `type ${this.#name} struct{}`;
    return [`type ${this.#name} struct {`, ...alignRows("\t", rows), "}"].join("\n");
  }

  #row(piece: Piece): Row[] {
    if (piece.kind === "field") {
      return [...commentLines("\t", piece.leaf.doc), [this.#nameOf(piece.leaf), goType(this.#context, piece.leaf.type)]];
    }
    if (piece.kind === "padding") return [["_", bytesType(piece.size)]];
    const inside = this.#placement.leaves.filter((leaf) => this.#names.write.has(leaf) && isIn(piece, leaf));
    const doc = inside.length === 0 ? [] : commentLines("\t", `Bytes of ${inside.map((leaf) => this.#nameOf(leaf)).join(", ")}.`);
    return [...doc, [storageName(piece), bytesType(piece.size)]];
  }

  accessors(): string[] {
    return this.#placement.leaves
      .filter((leaf) => !this.#isField(leaf))
      .flatMap((leaf) => (leaf.kind === "bits" ? this.#bits(leaf) : leaf.size === 0 ? this.#zeroSized(leaf) : this.#field(leaf)));
  }

  /** A flexible array member is what a record has behind the struct. */
  #zeroSized(leaf: FieldLeaf): string[] {
    const type = resolveTypedefs(this.#context.layout, leaf.type);
    if (!leaf.member.flexible || type.kind !== "array") {
      const doc = `${this.#nameOf(leaf)} has no bytes.`;
      return [
        this.#method(leaf, [doc], "", "()", goType(this.#context, leaf.type), [
          `\tvar none ${goType(this.#context, leaf.type)}`,
          "\treturn none",
        ]),
      ];
    }
    const element = goType(this.#context, type.element);
    const doc = `${this.#nameOf(leaf)} is the flexible array member: what the bytes of a record have behind the struct.`;
    const body = [`\treturn golbc.Elements[${element}](record, ${leaf.offset}, ${byteOrder(this.#context)})`];
    return [this.#method(leaf, [doc, leaf.doc], "", "(record []byte)", `[]${element}`, body)];
  }

  /** fmt would show the bytes that accessors read, and encoding/json leave them out: their values are what a person wants. */
  shown(): string[] {
    const shown = this.#placement.leaves.filter((leaf) => leaf.size > 0);
    if (shown.every((leaf) => this.#isField(leaf))) return [];
    const verbs = shown.map((leaf) => `${this.#nameOf(leaf)}:%v`).join(" ");
    const values = shown.map((leaf) => `s.${this.#nameOf(leaf)}${this.#isField(leaf) ? "" : "()"}`);
    const rows = shown.map((leaf) => [this.#nameOf(leaf), this.#typeOf(leaf)] as const);
    return [
      [
        "// String shows all members, those of a union side by side.",
        `func (s ${this.#name}) String() string {`,
        `\treturn fmt.Sprintf("{${verbs}}", ${values.join(", ")})`,
        "}",
      ].join("\n"),
      [
        "// MarshalJSON shows the same to encoding/json.",
        `func (s ${this.#name}) MarshalJSON() ([]byte, error) {`,
        "\treturn json.Marshal(struct {",
        ...alignRows("\t\t", rows),
        `\t}{${values.join(", ")}})`,
        "}",
      ].join("\n"),
      ...(shareBits(shown) ? [] : [this.#unmarshal(shown)]),
    ];
  }

  #unmarshal(shown: readonly Leaf[]): string {
    const rows = shown.map((leaf) => [this.#nameOf(leaf), `*${this.#typeOf(leaf)}`] as const);
    const kept = shown.flatMap((leaf) => {
      const value = `*values.${this.#nameOf(leaf)}`;
      const write = this.#isField(leaf) ? `s.${this.#nameOf(leaf)} = ${value}` : `s.${this.#setterOf(leaf)}(${value})`;
      return [`\tif values.${this.#nameOf(leaf)} != nil {`, `\t\t${write}`, "\t}"];
    });
    return [
      "// UnmarshalJSON reads what MarshalJSON writes; members that are not there keep their values.",
      `func (s *${this.#name}) UnmarshalJSON(data []byte) error {`,
      "\tvar values struct {",
      ...alignRows("\t\t", rows),
      "\t}",
      "\tif err := json.Unmarshal(data, &values); err != nil {",
      "\t\treturn err",
      "\t}",
      ...kept,
      "\treturn nil",
      "}",
    ].join("\n");
  }

  #typeOf(leaf: Leaf): string {
    return leaf.kind === "bits" ? this.#bitsType(leaf.member).type : goType(this.#context, leaf.type);
  }

  #field(leaf: FieldLeaf): string[] {
    const type = goType(this.#context, leaf.type);
    const bytes = this.#bytesOf(leaf, false);
    const name = this.#nameOf(leaf);
    const order = byteOrder(this.#context);
    const whole = integerBits(this.#context, leaf.type);
    return [
      this.#method(leaf, [`${name} reads ${quoted(leaf.name)}.`, leaf.doc], "", "()", type, [
        `\treturn ${whole === null ? `golbc.Get[${type}](${bytes}, ${order})` : converted(type, `uint${whole}`, `${order}.Uint${whole}(${bytes})`)}`,
      ]),
      this.#method(leaf, [`${this.#setterOf(leaf)} writes ${quoted(leaf.name)}.`], "set", `(value ${type})`, "", [
        whole === null
          ? `\tgolbc.Put(${bytes}, ${order}, value)`
          : `\t${order}.PutUint${whole}(${bytes}, ${converted(`uint${whole}`, type, "value")})`,
      ]),
    ];
  }

  #bits(leaf: BitsLeaf): string[] {
    const { type, integer } = this.#bitsType(leaf.member);
    const { bitSize, shift, signed } = leaf.member;
    const wide = integer.startsWith("golbc.");
    const args = `${this.#bytesOf(leaf, true)}, ${byteOrder(this.#context)}, ${shift}, ${bitSize}`;
    const read = `golbc.${signed ? "SignedBits" : "Bits"}${wide ? "128" : ""}(${args})`;
    const isBool = integer === "bool";
    const value = isBool
      ? "golbc.Bit(value)"
      : wide
        ? wideValue(signed)
        : integer === "uint64" && type === integer
          ? "value"
          : "uint64(value)";
    const result = isBool ? `${read} != 0` : wide || type === (signed ? "int64" : "uint64") ? read : `${type}(${read})`;
    const name = this.#nameOf(leaf);
    const width = `${quoted(leaf.name)}, ${bitSize} ${bitSize === 1 ? "bit" : "bits"}.`;
    return [
      this.#method(leaf, [`${name} reads ${width}`, leaf.doc], "", "()", type, [`\treturn ${result}`]),
      this.#method(
        leaf,
        [`${this.#setterOf(leaf)} writes ${width}`, isBool ? null : "What does not fit is cut off, as in C."],
        "set",
        `(value ${type})`,
        "",
        [`\tgolbc.PutBits${wide ? "128" : ""}(${args}, ${value})`],
      ),
    ];
  }

  /** How a bit-field is handed out: as a bool, as its enum, or as an integer as wide as the declared type. */
  #bitsType(bits: Bits): { readonly type: string; readonly integer: string } {
    const type = resolveTypedefs(this.#context.layout, bits.type);
    if (type.kind === "int" && type.role === "bool") return { type: "bool", integer: "bool" };
    const decl = enumOf(this.#context, bits.type);
    const integer = integerName(type.kind === "int" ? type.bytes : (decl?.bytes ?? 8), bits.signed);
    return { type: decl === null ? integer : goType(this.#context, bits.type), integer };
  }

  #method(
    leaf: Leaf,
    doc: readonly (string | null)[],
    which: "" | "set",
    parameters: string,
    result: string,
    body: readonly string[],
  ): string {
    const name = which === "" ? this.#nameOf(leaf) : this.#setterOf(leaf);
    const head = `func (s *${this.#name}) ${name}${parameters} ${result === "" ? "" : `${result} `}{`;
    return [...commentLines("", ...doc), head, ...body, "}"].join("\n");
  }

  /** The bytes of a leaf, as a slice expression. */
  #bytesOf(leaf: Leaf, exact: boolean): string {
    const piece = this.#placement.pieces.find((candidate) => candidate.kind === "bytes" && isIn(candidate, leaf));
    if (piece === undefined) throw new RangeError(`no bytes hold ${leaf.name}`);
    const start = leaf.offset - piece.offset;
    const end = exact && start + leaf.size !== piece.size ? `${start + leaf.size}` : "";
    return `s.${storageName(piece)}[${start === 0 ? "" : start}:${end}]`;
  }

  /** Indexes that are no constants between 0 and 0 do not compile. */
  proof(size: number): string[] {
    const zero = `${this.#name}{}`;
    const same = (expression: string, value: number): string => `\t_ = [1]struct{}{}[unsafe.${expression}-${value}]`;
    const fields = this.#placement.pieces.flatMap((piece) =>
      piece.kind === "padding"
        ? []
        : [same(`Offsetof(${zero}.${piece.kind === "field" ? this.#nameOf(piece.leaf) : storageName(piece)})`, piece.offset)],
    );
    return [same(`Sizeof(${zero})`, size), ...fields];
  }

  #nameOf(leaf: Leaf): string {
    return this.#names.read.get(leaf) ?? "";
  }

  #setterOf(leaf: Leaf): string {
    return this.#names.write.get(leaf) ?? "";
  }
}

/** Where members share bits, what JSON has of one would overwrite another. */
function shareBits(leaves: readonly Leaf[]): boolean {
  const spans = leaves.map((leaf) => (leaf.kind === "bits" ? [leaf.bitOffset, leaf.member.bitSize] : [leaf.offset * 8, leaf.size * 8]));
  const sorted = spans.toSorted(([a = 0], [b = 0]) => a - b);
  return sorted.some(([start = 0, size = 0], index) => start + size > (sorted[index + 1]?.[0] ?? Infinity));
}

const converted = (to: string, from: string, value: string): string => (to === from ? value : `${to}(${value})`);

const storageName = (piece: Piece): string => `bytes${piece.offset}`;

const wideValue = (signed: boolean): string => (signed ? "golbc.MakeUint128(value.High(), value.Low())" : "value");

const quoted = (name: string): string => `\`${name}\``;

const isIn = (piece: Piece, leaf: Leaf): boolean => leaf.offset >= piece.offset && leaf.offset + leaf.size <= piece.offset + piece.size;
