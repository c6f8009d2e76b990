import {
  assertNever,
  describeMap,
  type EventLayout,
  holdsAddresses,
  type Layout,
  type MapLayout,
  sizeOf,
  type TypeRef,
} from "@lbc/core/layout";
import { type Call, call, chain, generic, member, method, prefixed, tried, triedMethod } from "./expressions.ts";
import { fieldInit, fieldLine, stringLiteral } from "./rustfmt.ts";
import { block, onObject } from "./sections.ts";
import { rustType, type TypeContext } from "./spelling.ts";

/** One map in the skeleton. */
export interface MapView {
  /** In `struct Maps`. */
  readonly field: string;
  /** In the expression that makes `Maps` of a loaded object. */
  readonly init: string;
  /** Of `Maps`. */
  readonly method: string;
  /** Of `OpenMaps`. */
  readonly open: string;
}

interface TypedMap {
  readonly type: string | Call;
  /** Arguments of its constructor besides the raw map; null where the raw map itself is handed out. */
  readonly args: readonly string[] | null;
}

export function mapView(context: TypeContext, map: MapLayout, name: string): MapView {
  const { type, args } = typedMap(context, map);
  const raw = chain("object", triedMethod("map", stringLiteral(map.name)));
  const construct = `${typeof type === "string" ? type : type.head}::new`;
  const doc = `\`${map.name}\`: ${describeMap(map)}${map.doc === null ? "" : `\n${map.doc}`}`;
  return {
    field: fieldLine("    ", name, type),
    init: fieldInit("            ", name, args === null ? raw : tried(call(construct, raw, ...args))),
    method: block(doc, `pub fn ${name}`, "&self", prefixed("&", type), prefixed("&", chain("self", member(name)))),
    open: block(
      `\`${map.name}\`: ${describeMap(map)}`,
      `pub fn ${name}`,
      "&mut self",
      "rlbc::libbpf_rs::OpenMapMut<'_>",
      onObject(method("map_mut", stringLiteral(map.name))),
    ),
  };
}

function typedMap(context: TypeContext, map: MapLayout): TypedMap {
  const value = (): string => sized(context, map.value, map.valueSize);
  const key = (): string => sized(context, map.key, map.keySize);
  switch (map.access) {
    case "keyed":
    case "storage":
    case "redirect":
      return { type: generic(`rlbc::${map.perCpu ? "PerCpuMap" : "KeyedMap"}`, key(), value()), args: [] };
    case "stack-traces":
      if (holdsAddresses(map)) return { type: "rlbc::StackTraces", args: [] };
      return { type: generic("rlbc::KeyedMap", key(), value()), args: [] };
    case "indexed":
      if (map.histogram !== null) return { type: "rlbc::HistogramMap", args: [`rlbc::Scale::${scales[map.histogram]}`] };
      return { type: generic(`rlbc::${map.perCpu ? "PerCpuArray" : "ArrayMap"}`, value()), args: [] };
    case "queue":
      return { type: generic("rlbc::QueueMap", value()), args: [] };
    case "bloom":
      return { type: generic("rlbc::BloomFilter", value()), args: [] };
    case "stream-out": {
      const stream = map.type === "ringbuf" ? "RingBuffer" : "PerfEventArray";
      const event = map.event?.type ?? null;
      return { type: generic(`rlbc::${stream}`, event === null ? "[u8]" : rustType(context, event)), args: [recordSize(map.event)] };
    }
    case "maps":
      return { type: generic("rlbc::MapOfMaps", key()), args: [] };
    case "programs":
      return { type: "rlbc::ProgramArray", args: [] };
    case "stream-in":
      return { type: generic("rlbc::UserRing", map.event?.type ? rustType(context, map.event.type) : "[u8]"), args: [] };
    case "memory":
    case "struct-ops":
      return { type: "rlbc::RawMap", args: null };
    default:
      return assertNever(map.access);
  }
}

const scales: Readonly<Record<NonNullable<MapLayout["histogram"]>, string>> = { log2: "Log2", log10: "Log10", linear: "Linear" };

/** The type that BTF has, where it is of the size that the map has; else bytes. */
function sized(context: TypeContext, type: TypeRef | null, size: number): string {
  return type !== null && sizeOf(context.layout, type) === size ? rustType(context, type) : `[u8; ${size}]`;
}

function recordSize(event: EventLayout | null): string {
  if (event === null) return "rlbc::RecordSize::at_least(0)";
  const { minBytes, maxBytes } = event;
  if (maxBytes === null) return `rlbc::RecordSize::at_least(${minBytes})`;
  return minBytes === maxBytes ? `rlbc::RecordSize::exactly(${minBytes})` : `rlbc::RecordSize::between(${minBytes}, ${maxBytes})`;
}

/** The maps that a user can ask for by name. */
export const visibleMaps = (layout: Layout): readonly MapLayout[] => layout.maps.filter((map) => map.access !== "struct-ops");
