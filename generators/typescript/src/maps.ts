import type { EventLayout, MapLayout } from "@lbc/core/layout";
import type { Scope } from "./scope.ts";
import { codecText, typeText } from "./values.ts";

/** A map as the skeleton has it: its TypeScript type, and the expression that makes it from the map by its kernel name. */
export interface TypedMap {
  readonly type: string;
  readonly create: string;
}

/** The typed class for a map; those whose operations the runtime does not type are handles to their bytes. */
export function typedMap(scope: Scope, map: MapLayout): TypedMap {
  const handle = `object.map(${JSON.stringify(map.name)})`;
  if (map.event !== null) return eventStream(scope, map, map.event, handle);
  const prefix = map.perCpu ? "PerCpu" : "";
  switch (map.access) {
    case "keyed":
    case "storage":
    case "stack-traces":
    case "redirect":
    case "programs":
    case "maps": {
      if (map.keySize === 0 || map.valueSize === 0) break;
      const [key, value] = [typeOf(scope, map.key), typeOf(scope, map.value)];
      const codecs = `${codecText(scope, map.key, map.keySize)}, ${codecText(scope, map.value, map.valueSize)}`;
      const name = scope.use(`${prefix}KeyedMap`);
      return { type: `${name}<${key}, ${value}>`, create: `new ${name}(${handle}, ${codecs})` };
    }
    case "indexed": {
      const name = scope.use(`${prefix}IndexedMap`);
      return created(name, typeOf(scope, map.value), `${handle}, ${codecText(scope, map.value, map.valueSize)}`);
    }
    case "queue": {
      const name = scope.use("QueueMap");
      return created(name, typeOf(scope, map.value), `${handle}, ${codecText(scope, map.value, map.valueSize)}`);
    }
    case "memory":
      return { type: scope.use("Arena"), create: `object.arena(${JSON.stringify(map.name)})` };
    case "bloom":
    case "stream-in":
    case "stream-out":
    case "struct-ops":
  }
  return { type: scope.use("MapHandle"), create: handle };
}

const created = (name: string, value: string, parameters: string): TypedMap => ({
  type: `${name}<${value}>`,
  create: `new ${name}(${parameters})`,
});

/** Batches of records of different lengths would hide which bytes are there, so only streams of one length offer them. */
function eventStream(scope: Scope, map: MapLayout, event: EventLayout, handle: string): TypedMap {
  const name = scope.use(map.type === "ringbuf" ? "RingBuffer" : "PerfEventArray");
  const type = `${name}<${typeOf(scope, event.type)}>`;
  const codec = event.type === null ? scope.use("record") : codecText(scope, event.type, 0);
  const limits = event.maxBytes === null ? [] : [`maxBytes: ${event.maxBytes}`];
  return {
    type: event.fixed ? type : `Omit<${type}, "batches">`,
    create: `new ${name}(${handle}, ${codec}, { ${[`minBytes: ${event.minBytes}`, ...limits].join(", ")} })`,
  };
}

const typeOf = (scope: Scope, type: MapLayout["value"]): string => (type === null ? "Uint8Array" : typeText(scope, type));
