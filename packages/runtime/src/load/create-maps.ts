import type { Btf } from "@lbc/core/btf";
import { type DataDefinition, type MapDefinition, type MapType, mapTypes } from "@lbc/core/object";
import { createMap, freezeMap, type MapSpec, mapFdById, openPinned, updateMap } from "../bpf/commands.ts";
import { Descriptor } from "../bpf/descriptor.ts";
import { mapInfo, mapTypeNumber } from "../bpf/map-info.ts";
import { RuntimeError } from "../errors.ts";
import { possibleCpus } from "../kernel/cpus.ts";
import { mapCameLater } from "../kernel/since.ts";
import { MapHandle } from "../maps/map-handle.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

/** The object's type information in the kernel; null where the object has none that the kernel takes. */
export interface LoadedBtf {
  readonly fd: number;
  readonly btf: Btf;
}

/** What can be changed between open and load. */
export interface MapSettings {
  readonly maxEntries: number;
  readonly pagesPerCpu: number;
  /** Where the map is kept, and found again. */
  readonly pinPath?: string | null;
  /** A map that exists already, in place of a new one. */
  readonly reuse?: { readonly fd: number } | null;
}

/** Kinds of maps for which the kernel takes no key and value types. */
const untyped: ReadonlySet<MapType> = new Set([
  "perf_event_array",
  "cgroup_array",
  "stack_trace",
  "array_of_maps",
  "hash_of_maps",
  "devmap",
  "devmap_hash",
  "cpumap",
  "xskmap",
  "sockmap",
  "sockhash",
  "queue",
  "stack",
]);

/** BPF_F_RDONLY_PROG and BPF_F_MMAPABLE. @see include/uapi/linux/bpf.h */
const readOnlyForPrograms = 1 << 7;
const memoryMappable = 1 << 10;

/**
 * Creates a map that the object declares, or takes the one that its user or its pin names. `innerFd` is the template of a map of maps;
 * `undo` gets what removes a pin that is made here, for a load that fails later.
 */
export function createDeclaredMap(
  sys: Sys,
  map: MapDefinition,
  settings: MapSettings,
  btf: LoadedBtf | null,
  innerFd?: number,
  undo?: DisposableStack,
): MapHandle {
  if (settings.reuse !== null && settings.reuse !== undefined) return reusedMap(sys, map, settings, settings.reuse.fd);
  const path = settings.pinPath ?? null;
  const pinned = path === null ? null : pinnedMap(sys, map, settings, path);
  if (pinned !== null) return pinned;
  const created = createNewMap(sys, map, settings, btf, innerFd);
  if (path === null) return created;
  try {
    created.pin(path);
  } catch (error) {
    created[Symbol.dispose]();
    // Another loader was faster: then its map is the one.
    const others = error instanceof RuntimeError && error.errno === "EEXIST" ? pinnedMap(sys, map, settings, path) : null;
    if (others !== null) return others;
    throw error;
  }
  undo?.defer(() => void sys.unlink(path));
  return created;
}

/** As it is, whatever the object declares; with a descriptor of our own, so that each owner closes its own. */
function reusedMap(sys: Sys, map: MapDefinition, settings: MapSettings, fd: number): MapHandle {
  const info = mapInfo(sys, fd);
  const own = typeof info === "number" ? info : mapFdById(sys, info.id);
  if (typeof info === "number" || own < 0) throw systemError(own, "map-failed", `using another map for ${map.name}`, { type: map.name });
  return new MapHandle(sys, { ...info, name: map.name, pagesPerCpu: settings.pagesPerCpu }, new Descriptor(sys, own, `map ${map.name}`));
}

/** Null where none is pinned there. */
function pinnedMap(sys: Sys, map: MapDefinition, settings: MapSettings, path: string): MapHandle | null {
  const fd = openPinned(sys, path);
  if (fd >= 0) return checkedMap(sys, map, settings, fd);
  if (-fd === errno.ENOENT) return null;
  throw systemError(fd, "map-failed", `opening the pinned map ${path}`, { type: map.name });
}

/** Takes over a descriptor. Throws `map-failed` where the map is not as the object declares it. */
function checkedMap(sys: Sys, map: MapDefinition, settings: MapSettings, fd: number): MapHandle {
  const info = mapInfo(sys, fd);
  if (typeof info === "number") {
    sys.close(fd);
    throw systemError(info, "map-failed", `asking for the map that ${map.name} is to be`, { type: map.name });
  }
  const wanted = { ...map, maxEntries: entriesOf(sys, map.type, settings.maxEntries) };
  // Of these the kernel tells a flag that it set itself.
  const flags = map.type === "devmap" || map.type === "devmap_hash" ? info.flags & ~readOnlyForPrograms : info.flags;
  const found = { ...info, flags };
  const different = (["type", "keySize", "valueSize", "maxEntries", "flags", "extra"] as const).filter(
    (what) => found[what] !== wanted[what],
  );
  const shape = { ...info, name: map.name, pagesPerCpu: settings.pagesPerCpu };
  if (different.length === 0) return new MapHandle(sys, shape, new Descriptor(sys, fd, `map ${map.name}`));
  sys.close(fd);
  throw new RuntimeError("map-failed", {
    type: map.name,
    message: `the map that exists differs from ${map.name}: ${different.map((what) => `${what} ${found[what]} instead of ${wanted[what]}`).join(", ")}`,
    hint: "remove its pin, or pin this one elsewhere",
  });
}

function createNewMap(sys: Sys, map: MapDefinition, settings: MapSettings, btf: LoadedBtf | null, innerFd?: number): MapHandle {
  const maxEntries = entriesOf(sys, map.type, settings.maxEntries);
  const spec: MapSpec = {
    type: mapTypeNumber(map.type),
    name: map.name,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries,
    flags: map.flags,
    numaNode: map.numaNode ?? undefined,
    innerMapFd: innerFd,
    extra: map.extra,
    btf: btf === null || untyped.has(map.type) || map.value === null ? undefined : { fd: btf.fd, key: map.key ?? 0, value: map.value },
  };
  const { name, type, keySize, valueSize } = map;
  const fd = createChecked(sys, spec, map.type);
  return new MapHandle(
    sys,
    { name, type, keySize, valueSize, maxEntries, pagesPerCpu: settings.pagesPerCpu },
    new Descriptor(sys, fd, `map ${name}`),
  );
}

/** Some kinds refuse types that they cannot check: then the map is made without them, as libbpf does. */
function createChecked(sys: Sys, spec: MapSpec, type: MapType): number {
  let fd = createMap(sys, spec);
  if (fd < 0 && spec.btf !== undefined) fd = createMap(sys, { ...spec, btf: undefined });
  if (fd >= 0) return fd;
  throw mapCameLater(sys, fd, { name: spec.name, type }) ?? systemError(fd, "map-failed", `creating map ${spec.name}`, { type: spec.name });
}

function entriesOf(sys: Sys, type: MapType, entries: number): number {
  if (type === "perf_event_array") return Math.max(entries, possibleCpus(sys));
  if (type !== "ringbuf" && type !== "user_ringbuf") return entries;
  let bytes = sys.pageSize;
  while (bytes < entries) bytes *= 2;
  return bytes;
}

/** Creates the one-element array that holds a data section, filled and, where it is constant, frozen. */
export function createSectionMap(sys: Sys, section: DataDefinition, initial: Uint8Array, prefix: string, btf: LoadedBtf | null): MapHandle {
  const constant = isConstant(section);
  const typeId = btf?.btf.find(section.name, "data-section")[0];
  const name = `${prefix.slice(0, Math.max(0, 15 - section.name.length))}${section.name}`;
  const spec: MapSpec = {
    type: mapTypes.indexOf("array"),
    name,
    keySize: 4,
    valueSize: section.size,
    maxEntries: 1,
    flags: (constant ? readOnlyForPrograms : 0) | (isMapped(section) || hasGlobals(section) ? memoryMappable : 0),
    btf: btf === null || typeId === undefined ? undefined : { fd: btf.fd, key: 0, value: typeId },
  };
  const descriptor = new Descriptor(sys, createChecked(sys, spec, "array"), `section ${section.name}`);
  try {
    fill(sys, descriptor.fd, section, initial);
  } catch (error) {
    descriptor[Symbol.dispose]();
    throw error;
  }
  return new MapHandle(sys, { name, type: "array", keySize: 4, valueSize: section.size, maxEntries: 1, pagesPerCpu: 0 }, descriptor);
}

function fill(sys: Sys, fd: number, section: DataDefinition, initial: Uint8Array): void {
  const result = updateMap(sys, fd, new Uint8Array(4), initial);
  if (result < 0) throw systemError(result, "map-failed", `filling section ${section.name}`, { section: section.name });
  const frozen = isConstant(section) ? freezeMap(sys, fd) : 0;
  if (frozen < 0) throw systemError(frozen, "map-failed", `freezing section ${section.name}`, { section: section.name });
}

/** Whether nothing changes the section once it is loaded: the verifier then knows its values. */
export function isConstant(section: DataDefinition): boolean {
  return section.kind === "rodata" || section.kind === "strings" || section.kind === "kconfig";
}

/** Whether user space reads the section from mapped memory. */
export function isMapped(section: DataDefinition): boolean {
  return section.kind === "data" || section.kind === "bss" || section.kind === "custom";
}

/** libbpf maps every section that has a variable which other files could see; nothing is lost by doing the same. */
function hasGlobals(section: DataDefinition): boolean {
  return section.kind === "kconfig" || section.variables.some(({ linkage }) => linkage !== "static");
}
