import { assertNever, type EventLayout, type MapLayout, type TypeRef } from "@lbc/core/layout";
import { stringLiteral } from "./gofmt.ts";
import { bytesType, goType, type TypeContext } from "./spelling.ts";

/** One map in the skeleton. */
export interface MapView {
  readonly type: string;
  /** The expression that makes it of a loaded object. */
  readonly make: string;
}

export function mapView(context: TypeContext, map: MapLayout): MapView {
  const { kind, types, more } = typedMap(context, map);
  const suffix = types.length === 0 ? "" : `[${types.join(", ")}]`;
  const args = ["object", stringLiteral(map.name), ...more];
  return { type: `*golbc.${kind}${suffix}`, make: `golbc.New${kind}${suffix}(${args.join(", ")})` };
}

interface TypedMap {
  readonly kind: string;
  readonly types: readonly string[];
  /** Arguments of the constructor besides object and name. */
  readonly more: readonly string[];
}

function typedMap(context: TypeContext, map: MapLayout): TypedMap {
  const key = (): string => sized(context, map.key, map.keySize);
  const value = (): string => sized(context, map.value, map.valueSize);
  const plain = (kind: string, ...types: string[]): TypedMap => ({ kind, types, more: [] });
  switch (map.access) {
    case "keyed":
    case "storage":
    case "redirect":
    case "stack-traces":
      return plain(map.perCpu ? "PerCPUMap" : "Map", key(), value());
    case "indexed":
      return plain(map.perCpu ? "PerCPUArray" : "Array", value());
    case "queue":
      return plain("Queue", value());
    case "bloom":
      return plain("BloomFilter", value());
    case "stream-out":
      return events(context, map.event);
    case "stream-in":
      return plain("UserEvents", map.event?.type ? goType(context, map.event.type) : "[0]byte");
    case "programs":
      return plain("ProgArray");
    case "maps":
      return plain("MapOfMaps", key());
    case "memory":
    case "struct-ops":
      return plain("RawMap");
    default:
      return assertNever(map.access);
  }
}

function events(context: TypeContext, event: EventLayout | null): TypedMap {
  const max = event?.maxBytes === null || event === null ? "" : `, Max: ${event.maxBytes}`;
  const more = [`golbc.Length{Min: ${event?.minBytes ?? 0}${max}}`];
  if (event === null || event.type === null) return { kind: "RawEvents", types: [], more };
  return { kind: "Events", types: [goType(context, event.type)], more };
}

const sized = (context: TypeContext, ref: TypeRef | null, size: number): string => (ref === null ? bytesType(size) : goType(context, ref));
