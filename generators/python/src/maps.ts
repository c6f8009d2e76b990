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
import { assignment, call, type Expression } from "./expressions.ts";
import { attributeNames } from "./names.ts";
import { docString, literal } from "./strings.ts";
import { codec, type TypeNames } from "./types.ts";

/** An attribute that `__init__` sets, and the class that it is an instance of. */
export interface AttributeView {
  readonly line: string;
  readonly doc: string;
  readonly className: string;
}

/** `self.name = Class(bpf, "name", …)` for each map, and for each struct_ops. */
export function mapAttributes(names: TypeNames, layout: Layout): AttributeView[] {
  const attributes = attributeNames([...layout.maps, ...layout.structOps].map((map) => map.name));
  const made = layout.maps.map((map, index) =>
    attribute(attributes[index] ?? "", map.name, mapClass(names, map), [describeMap(map), map.doc]),
  );
  const structOps = layout.structOps.map((ops, index) =>
    attribute(attributes[layout.maps.length + index] ?? "", ops.name, { className: "StructOps", args: [] }, [
      `\`\`struct ${ops.typeName}\`\`.`,
      ops.doc,
    ]),
  );
  return [...made, ...structOps];
}

interface Constructed {
  readonly className: string;
  readonly args: readonly Expression[];
}

function attribute(name: string, kernelName: string, { className, args }: Constructed, doc: readonly (string | null)[]): AttributeView {
  const line = assignment(8, `self.${name}`, { call: call(className, "bpf", literal(kernelName), ...args) });
  return { line, doc: docString(8, ...doc), className };
}

function mapClass(names: TypeNames, map: MapLayout): Constructed {
  switch (map.access) {
    case "indexed":
      if (map.histogram !== null) {
        return { className: "HistogramMap", args: [key(names, map), value(names, map), literal(map.histogram)] };
      }
      return { className: "ArrayMap", args: [key(names, map), value(names, map)] };
    case "keyed":
    case "storage":
      return { className: "HashMap", args: [key(names, map), value(names, map)] };
    case "redirect":
    case "programs":
    case "maps": {
      // Of devices and CPUs a value is an index or a queue, and may have a program beside it.
      const className = ["cpumap", "devmap", "devmap_hash"].includes(map.type) ? "HashMap" : "ReferenceMap";
      return { className, args: [key(names, map), value(names, map)] };
    }
    case "stack-traces":
      if (holdsAddresses(map)) return { className: "StackTraces", args: [] };
      return { className: "HashMap", args: [key(names, map), value(names, map)] };
    case "queue":
      return { className: "Queue", args: [value(names, map)] };
    case "bloom":
      return { className: "BloomFilter", args: [value(names, map)] };
    case "stream-out":
      return stream(names, map.event);
    case "stream-in":
      return { className: "UserRing", args: map.event?.type ? [codec(names, map.event.type)] : [] };
    case "memory":
    case "struct-ops":
      return { className: "Map", args: [] };
    default:
      return assertNever(map.access);
  }
}

/** Bytes where the object does not tell the type. */
function untyped(names: TypeNames, ref: TypeRef | null, size: number): Expression {
  return ref === null ? call(`${names.order}.raw`, `${size}`) : codec(names, ref);
}

const key = (names: TypeNames, map: MapLayout): Expression => untyped(names, map.key, map.keySize);

function value(names: TypeNames, map: MapLayout): Expression {
  const one = untyped(names, map.value, map.valueSize);
  return map.perCpu ? call(`${names.order}.per_cpu`, one) : one;
}

function stream(names: TypeNames, event: EventLayout | null): Constructed {
  const limits = [`least=${event?.minBytes ?? 0}`, `most=${event?.maxBytes ?? "None"}`];
  if (event === null || event.type === null) return { className: "RawEventStream", args: limits };
  const type = codec(names, event.type);
  const fixed = event.fixed && event.minBytes === sizeOf(names.layout, event.type);
  return fixed ? { className: "FixedEventStream", args: [type] } : { className: "EventStream", args: [type, ...limits] };
}
