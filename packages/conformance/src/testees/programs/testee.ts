// Reads and writes values through a generated module: node testee.ts DESCRIPTION RECORDS
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { assertNever } from "@lbc/core/layout";
import type { Described, DescribedType, Description, ScalarKind } from "../description.ts";

type Values = Record<string, unknown>;
/** A generated codec, or the class of a view. */
interface Codec {
  readonly size: number;
  readonly align: number;
  readonly fields: Readonly<Record<string, Readonly<Record<"offset" | "size", number | undefined>>>>;
  decode(view: DataView, offset: number): Values;
  encode(value: Values, view: DataView, offset: number): void;
}

const [descriptionPath = "", recordsPath = ""] = process.argv.slice(2);
const { module: modulePath, types }: Description = JSON.parse(await readFile(descriptionPath, "utf8"));
const module: Readonly<Record<string, Codec>> = await import(pathToFileURL(modulePath).href);
const described = new Map(types.map((type) => [type.id, type]));
const lines: string[] = [];

function tryRecord(type: DescribedType, marks: Uint8Array, bytes: Uint8Array): { values: string[]; bytes: string } {
  const codec = codecOf(type.name);
  const value = codec.decode(new DataView(Uint8Array.from(bytes).buffer), 0);
  const values: string[] = [];
  showMembers(type, value, values);
  const written = new DataView(new ArrayBuffer(bytes.length));
  const zero = codec.decode(new DataView(new ArrayBuffer(bytes.length)), 0);
  codec.encode(merged(type, value, zero, new Marks(marks, bytes.length)), written, 0);
  return { values, bytes: Buffer.from(written.buffer).toString("hex") };
}

function codecOf(name: string): Codec {
  const codec = module[name];
  if (codec === undefined) throw new RangeError(`the module has no ${name}`);
  return codec;
}

function typeOf(id: number): DescribedType {
  const type = described.get(id);
  if (type === undefined) throw new RangeError(`type ${id} is not in the description`);
  return type;
}

function showMembers(type: DescribedType, value: Values, into: string[]): void {
  for (const { name, node } of type.members) if (node !== null) show(node, value[name], into);
}

function show(node: Described, value: unknown, into: string[]): void {
  if (typeof node === "number") showMembers(typeOf(node), value as Values, into);
  else if (typeof node === "string") into.push(shown(node, value));
  else for (const element of value as Iterable<unknown>) show(node.array, element, into);
}

function shown(kind: ScalarKind, value: unknown): string {
  switch (kind) {
    case "number":
      return `${value}`;
    case "bool":
      return value === true ? "1" : value === false ? "0" : `${value}`;
    case "f32":
    case "f64": {
      const view = new DataView(new ArrayBuffer(kind === "f32" ? 4 : 8));
      if (kind === "f32") view.setFloat32(0, value as number);
      else view.setFloat64(0, value as number);
      return Buffer.from(view.buffer).toString("hex");
    }
    case "text":
      return Buffer.from(value as string).toString("hex");
    case "bytes":
      return Buffer.from(value as Uint8Array).toString("hex");
    default:
      return assertNever(kind);
  }
}

/** Marks of the leaves, taken in order. */
class Marks {
  readonly #marks: Uint8Array;
  /** Bytes of the whole record: an array without a length may go on to its end. */
  readonly room: number;
  #at = 0;

  constructor(marks: Uint8Array, room: number) {
    this.#marks = marks;
    this.room = room;
  }

  /** Takes those of a node; whether one of them is set. If so, they are given back to be looked at one by one. */
  anyOf(node: Described): boolean {
    const end = this.#at + leafCount(node);
    const any = this.#marks.subarray(this.#at, end).includes(1);
    if (!any) this.#at = end;
    return any;
  }

  next(): boolean {
    return this.#marks[this.#at++] === 1;
  }
}

function leafCount(node: Described): number {
  if (typeof node === "string") return 1;
  if (typeof node !== "number") return node.length * leafCount(node.array);
  return typeOf(node).members.reduce((sum, member) => sum + (member.node === null ? 0 : leafCount(member.node)), 0);
}

/** A copy of `onto` with the marked leaves of `from`. */
function merged(type: DescribedType, from: Values, onto: Values, marks: Marks): Values {
  const codec = codecOf(type.name);
  const memory = new DataView(new ArrayBuffer(marks.room));
  codec.encode(onto, memory, 0);
  // a plain object, or a view if members share bytes: then each sees what was written to the ones before
  const copy = codec.decode(memory, 0);
  for (const { name, node } of type.members) {
    if (node !== null && marks.anyOf(node)) copy[name] = mergedNode(node, from[name], copy[name], marks);
  }
  return copy;
}

function mergedNode(node: Described, from: unknown, onto: unknown, marks: Marks): unknown {
  if (typeof node === "number") return merged(typeOf(node), from as Values, onto as Values, marks);
  if (typeof node === "string") return marks.next() ? from : onto;
  const before = [...(onto as Iterable<unknown>)];
  return [...(from as Iterable<unknown>)].map((element, index) => mergedNode(node.array, element, before[index], marks));
}

for (const { id, name, members } of types) {
  const { size, align, fields } = codecOf(name);
  const places = members.map((member) => {
    const field = fields[member.name];
    return field?.offset === undefined ? null : [field.offset, field.size];
  });
  lines.push(JSON.stringify({ type: id, size, align, members: places }));
}

const records = await readFile(recordsPath);
for (let at = 0; at < records.length; ) {
  const [type = 0, leaves = 0, length = 0] = [0, 4, 8].map((offset) => records.readUInt32LE(at + offset));
  const marks = records.subarray(at + 12, at + 12 + leaves);
  const start = at + 12 + leaves;
  lines.push(JSON.stringify(tryRecord(typeOf(type), marks, records.subarray(start, start + length))));
  at = start + length;
}
process.stdout.write(lines.join("\n"));
