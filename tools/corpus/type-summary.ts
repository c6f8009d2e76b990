import type { BtfType } from "@lbc/core/btf";
import { execa } from "execa";

/** The kind of a type as bpftool names it, and the number that matters most of it. */
export function summary(type: BtfType): string {
  switch (type.kind) {
    case "int":
      return `INT ${type.size} ${type.bits}`;
    case "pointer":
      return `PTR ${type.type}`;
    case "array":
      return `ARRAY ${type.element} ${type.length}`;
    case "struct":
    case "union": {
      const members = type.members.map((member) => `${member.name || "(anon)"}:${member.type}@${member.bitOffset}:${member.bitSize}`);
      return `${type.kind.toUpperCase()} ${type.size} ${members.join(" ")}`;
    }
    case "enum":
      return `${type.wide ? "ENUM64" : "ENUM"} ${type.size} ${type.values.map(({ name, value }) => `${name}=${value}`).join(" ")}`;
    case "forward":
      return `FWD ${type.of}`;
    case "function":
      return `FUNC ${type.type} ${type.linkage}`;
    case "function-prototype":
      return `FUNC_PROTO ${type.result} ${type.parameters.map((parameter) => `${parameter.name || "(anon)"}:${parameter.type}`).join(" ")}`;
    case "variable":
      return `VAR ${type.type} ${type.linkage}`;
    case "data-section":
      return `DATASEC ${type.variables.map((variable) => `${variable.type}:${variable.size}`).join(" ")}`;
    case "float":
      return `FLOAT ${type.size}`;
    case "decl-tag":
      return `DECL_TAG ${type.type} ${type.component}`;
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type-tag":
      return `${type.kind.toUpperCase().replace("-", "_")} ${type.type}`;
    case "void":
      return "UNKN";
  }
}

interface PeerType {
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}
interface PeerPart {
  readonly name: string;
  readonly type_id: number;
  readonly bits_offset: number;
  readonly bitfield_size?: number;
  /** Decimal: an u64. */
  readonly val: string;
  readonly size: number;
}

function peerSummary(type: PeerType): string {
  const parts = (field: string): readonly PeerPart[] => (type[field] ?? []) as readonly PeerPart[];
  switch (type.kind) {
    case "INT":
      return `INT ${type["size"]} ${type["nr_bits"]}`;
    case "ARRAY":
      return `ARRAY ${type["type_id"]} ${type["nr_elems"]}`;
    case "STRUCT":
    case "UNION": {
      const members = parts("members").map(
        (member) => `${member.name}:${member.type_id}@${member.bits_offset}:${member.bitfield_size ?? 0}`,
      );
      return `${type.kind} ${type["size"]} ${members.join(" ")}`;
    }
    case "ENUM":
    case "ENUM64":
      return `${type.kind} ${type["size"]} ${parts("values")
        .map(({ name, val }) => `${name}=${bitsOf(val, type)}`)
        .join(" ")}`;
    case "FWD":
      return `FWD ${type["fwd_kind"]}`;
    case "FUNC":
    case "VAR":
      return `${type.kind} ${type["type_id"]} ${type["linkage"]}`;
    case "FUNC_PROTO":
      return `FUNC_PROTO ${type["ret_type_id"]} ${parts("params")
        .map((part) => `${part.name}:${part.type_id}`)
        .join(" ")}`;
    case "DATASEC":
      return `DATASEC ${parts("vars")
        .map((part) => `${part.type_id}:${part.size}`)
        .join(" ")}`;
    case "FLOAT":
      return `FLOAT ${type["size"]}`;
    case "DECL_TAG":
      return `DECL_TAG ${type["type_id"]} ${type["component_idx"]}`;
    default:
      return `${type.kind} ${type["type_id"]}`;
  }
}

/** bpftool extends the sign of every 32-bit value, even of an unsigned enum; what is in the object is the lower half. */
function bitsOf(val: string, type: PeerType): bigint {
  const signed = type["encoding"] === "SIGNED";
  const bits = type.kind === "ENUM" ? 32 : 64;
  return signed ? BigInt.asIntN(bits, BigInt(val)) : BigInt.asUintN(bits, BigInt(val));
}

/** JSON's numbers are too short for the values of enums. */
async function bpftoolTypes(file: string): Promise<PeerType[]> {
  const { stdout } = await execa("bpftool", ["-j", "btf", "dump", "file", file], { maxBuffer: 1 << 30 });
  return (JSON.parse(stdout.replace(/"val":(-?\d+)/g, '"val":"$1"')) as { readonly types: PeerType[] }).types;
}

/** One line for each type, of what bpftool reads in an object. */
export async function bpftoolSummaries(file: string): Promise<string[]> {
  return (await bpftoolTypes(file)).map((type) => `${type.name === "(anon)" ? "" : type.name} ${peerSummary(type)}`);
}
