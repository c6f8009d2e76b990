import { LbcError } from "@lbc/core";
import { CoreResolver } from "@lbc/core/core-relo";
import type { BpfObject, DataDefinition, MapDefinition, Program, StructOps } from "@lbc/core/object";
import { usdtSpecsOf } from "../attach/usdt-specs.ts";
import { updateMap } from "../bpf/commands.ts";
import { Descriptor } from "../bpf/descriptor.ts";
import { RuntimeError } from "../errors.ts";
import { Kernel } from "../kernel/kernel.ts";
import { Arena } from "../maps/arena.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { createDeclaredMap, createSectionMap, isMapped, type LoadedBtf } from "./create-maps.ts";
import { resolveExterns } from "./externs.ts";
import { Linker } from "./linker.ts";
import { loadObjectBtf } from "./load-btf.ts";
import { type LoadContext, loadLinked, type Verified } from "./load-program.ts";
import { LoadedObject } from "./loaded-object.ts";
import { LoadedProgram } from "./loaded-program.ts";
import { LoadedStructOps } from "./loaded-struct-ops.ts";
import { decidedMap, type OpenMap } from "./open-map.ts";
import { byName, type OpenOptions, type OpenProgram, openProgram } from "./open-object.ts";
import { asPerfEventArray, perfSettings, ringFallbacks } from "./ring-fallback.ts";
import { LiveSection } from "./section.ts";
import { createStructOpsMap, structOpsValue } from "./struct-ops.ts";
import { SymbolTargets } from "./symbol-targets.ts";

/** Operations of an open object. */
export interface PlannedStructOps {
  readonly autoload: boolean;
  readonly autoattach: boolean;
  /** The struct's initial content. */
  readonly bytes: Uint8Array;
}

/** An open object with what its user changed. */
export interface LoadPlan {
  readonly object: BpfObject;
  readonly options: OpenOptions;
  readonly maps: ReadonlyMap<string, OpenMap>;
  readonly programs: ReadonlyMap<string, OpenProgram>;
  /** Initial content. */
  readonly sections: ReadonlyMap<string, Uint8Array>;
  readonly structOps: ReadonlyMap<string, PlannedStructOps>;
  /** Names of programs of which one is enough, in the order in which they are tried. */
  readonly variants: readonly (readonly string[])[];
}

/** BTF → externs → maps → sections → programs; whatever was made is freed if a step throws. */
export function load(plan: LoadPlan): LoadedObject {
  const { object, options } = plan;
  const sys = options.sys ?? linuxSys();
  if (object.elf.endianness !== sys.endianness) {
    throw new RuntimeError("wrong-endianness", {
      message: `the object is ${object.elf.endianness}-endian, this machine is not`,
      hint: "compile it with -target bpf on this machine",
    });
  }
  refuseUnlinked(object);
  refuseLegacyMaps(object);
  using resources = new DisposableStack();
  using kernel = new Kernel(sys, { ...options, kernelBtf: options.kernelBtf ?? btfFromEnvironment() });
  kernel.makeRoom();
  const btf = loadObjectBtf(sys, object);
  // What is loaded with it holds on to it.
  using _btf = btf === null ? null : new Descriptor(sys, btf.fd, ".BTF");
  const externs = resolveExterns(object, kernel);
  using undo = new DisposableStack();
  const maps = createMaps(kernel, plan, btf, resources, undo);
  const arenas = mapArenas(plan, maps, resources);
  const sections = createSections(sys, plan, { btf, kconfig: externs.kconfig, arenas }, resources);
  const targets = new SymbolTargets(object, {
    mapFds: new Map([...maps].map(([name, map]) => [name, map.fd])),
    dataFds: new Map(sections.map(({ definition, map }) => [definition.sectionIndex, map.fd])),
    externs: externs.byName,
  });
  const core = once(() => new CoreResolver(btfOf(object), kernel.coreBtf, () => kernel.coreModules));
  const context: LoadContext = { object, kernel, linker: new Linker(object, core, targets), btf, functionFds: externs.fds };
  const operations = createOperations(context, plan, resources);
  const programs = loadPrograms(context, plan, maps, resources);
  fillInitialSlots(sys, object, maps, programs);
  const loaded = new LoadedObject({
    maps,
    arenas,
    sections: new Map(sections.map(({ definition, live }) => [definition.name, live])),
    programs,
    structOps: byName(operations.map((made) => resources.use(fillOperations(context, made, programs)))),
    resources: resources.move(),
  });
  undo.move();
  return loaded;
}

/** A file of kernel types, for kernels that have none of their own: what the user cannot say in the code of somebody else's program. */
const btfFromEnvironment = (): string | undefined => process.env["LBC_BTF"] || undefined;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function btfOf(object: BpfObject): NonNullable<BpfObject["btf"]> {
  if (object.btf !== null) return object.btf;
  throw new RuntimeError("bad-object", {
    section: ".BTF",
    message: "CO-RE relocations without type information",
    hint: "compile it with -g",
  });
}

function refuseUnlinked({ unresolved }: BpfObject): void {
  if (unresolved.length === 0) return;
  throw new RuntimeError("unresolved-extern", {
    message: `the object needs ${unresolved.join(", ")} from another one`,
    hint: "link the sources into one object first: lbc build first.bpf.c second.bpf.c -o both.bpf.o",
  });
}

function refuseLegacyMaps(object: BpfObject): void {
  const [legacy] = object.legacyMaps;
  if (legacy === undefined) return;
  throw new RuntimeError("unsupported", {
    section: legacy.section,
    type: legacy.name,
    message: `map ${legacy.name} is defined in SEC("maps"), which libbpf 1.0 dropped as well`,
    hint: 'define it as a struct with __uint(type, …) in SEC(".maps")',
  });
}

/** `undo` gets what has to be done beside `resources` where a later step fails. */
function createMaps(
  kernel: Kernel,
  plan: LoadPlan,
  btf: LoadedBtf | null,
  resources: DisposableStack,
  undo: DisposableStack,
): Map<string, MapHandle> {
  const { sys } = kernel;
  const maps = new Map<string, MapHandle>();
  const fallbacks = ringFallbacks(plan.object, kernel);
  for (const declared of plan.object.maps) {
    const settings = plan.maps.get(declared.name);
    if (settings === undefined || !settings.autocreate) continue;
    const decided = decidedMap(declared, settings);
    if (fallbacks.has(declared)) {
      maps.set(
        declared.name,
        resources.use(createDeclaredMap(sys, asPerfEventArray(decided), perfSettings(settings), btf, undefined, undo)),
      );
      continue;
    }
    using template = settings.innerMap === null ? createTemplate(sys, declared.inner, btf) : null;
    maps.set(declared.name, resources.use(createDeclaredMap(sys, decided, settings, btf, (settings.innerMap ?? template)?.fd, undo)));
  }
  return maps;
}

/** A map that lives until the map of maps is made, which remembers what it was like. */
function createTemplate(sys: Sys, inner: MapDefinition | null, btf: LoadedBtf | null): MapHandle | null {
  return inner === null ? null : createDeclaredMap(sys, inner, { maxEntries: inner.maxEntries, pagesPerCpu: 0 }, btf);
}

/** The verifier wants to know where user space has an arena before it sees a program that uses it. */
function mapArenas(plan: LoadPlan, maps: ReadonlyMap<string, MapHandle>, resources: DisposableStack): Map<string, Arena> {
  const arenas = new Map<string, Arena>();
  for (const [name, map] of maps) {
    if (map.type === "arena") arenas.set(name, resources.use(new Arena(map, plan.maps.get(name)?.mapExtra ?? 0n)));
  }
  return arenas;
}

interface LoadedSection {
  readonly definition: DataDefinition;
  readonly map: MapHandle;
  readonly live: LiveSection;
}

/** What sections are made of, beside their own bytes. */
interface SectionSources {
  readonly btf: LoadedBtf | null;
  readonly kconfig: Uint8Array | null;
  readonly arenas: ReadonlyMap<string, Arena>;
}

function createSections(sys: Sys, plan: LoadPlan, { btf, kconfig, arenas }: SectionSources, resources: DisposableStack): LoadedSection[] {
  return plan.object.data
    .filter(({ size }) => size > 0)
    .map((definition) => {
      const initial = (definition.kind === "kconfig" ? kconfig : plan.sections.get(definition.name)) ?? new Uint8Array(definition.size);
      if (definition.kind === "arena") return placeInArena(definition, initial, [...arenas.values()][0]);
      const map = resources.use(createSectionMap(sys, definition, initial, plan.options.name ?? "lbc", btf));
      const live = resources.use(
        isMapped(definition) ? LiveSection.mapped(sys, definition, map) : LiveSection.constant(definition, initial),
      );
      return { definition, map, live };
    });
}

/** Variables of an arena are at its start. */
function placeInArena(definition: DataDefinition, initial: Uint8Array, arena: Arena | undefined): LoadedSection {
  if (arena === undefined || definition.size > arena.view.byteLength) {
    throw new RuntimeError("bad-object", {
      section: definition.name,
      message: arena === undefined ? "variables in an arena, and no arena" : "the arena is smaller than its variables",
      hint: "declare a map of the type BPF_MAP_TYPE_ARENA with as many pages as they need",
    });
  }
  new Uint8Array(arena.view.buffer).set(initial);
  return { definition, map: arena.map, live: LiveSection.borrowed(definition, arena.view) };
}

interface MadeOperations {
  readonly ops: StructOps;
  readonly plan: PlannedStructOps;
  /** Null where they are left out. */
  readonly map: Descriptor | null;
}

/** Before the programs, as libbpf does: where the kernel lacks the operations, nothing is loaded. */
function createOperations({ kernel, object, btf }: LoadContext, plan: LoadPlan, resources: DisposableStack): MadeOperations[] {
  return object.structOps.flatMap((ops): MadeOperations[] => {
    const planned = plan.structOps.get(ops.name);
    if (planned === undefined || btf === null) return [];
    if (!planned.autoload) return [{ ops, plan: planned, map: null }];
    const map = new Descriptor(kernel.sys, createStructOpsMap(kernel, ops, btf.fd), `operations ${ops.name}`);
    return [{ ops, plan: planned, map: resources.use(map) }];
  });
}

function fillOperations(
  { kernel, object }: LoadContext,
  { ops, plan, map }: MadeOperations,
  programs: ReadonlyMap<string, LoadedProgram>,
): LoadedStructOps {
  const value =
    map === null ? new Uint8Array() : structOpsValue(kernel, object, ops, plan.bytes, (name) => programs.get(name)?.loadedFd ?? null);
  return new LoadedStructOps(kernel.sys, map, { name: ops.name, link: ops.link, autoattach: plan.autoattach }, value);
}

/** Programs of operations that are not made stay out. */
function isWanted(program: Program, { autoload }: OpenProgram, plan: LoadPlan): boolean {
  if (program.attach?.kind !== "struct_ops") return autoload;
  const users = plan.object.structOps.filter((ops) => ops.functions.some((filled) => filled.program === program.name));
  return autoload && (users.length === 0 || users.some((ops) => plan.structOps.get(ops.name)?.autoload === true));
}

function loadPrograms(
  context: LoadContext,
  plan: LoadPlan,
  maps: ReadonlyMap<string, MapHandle>,
  resources: DisposableStack,
): Map<string, LoadedProgram> {
  const specs = usdtSpecsOf(context.object, maps);
  const programs = new Map<string, LoadedProgram>();
  const keep = (program: Program, verified: Verified): void => {
    const { autoattach } = plan.programs.get(program.name) ?? openProgram(program);
    programs.set(program.name, resources.use(new LoadedProgram(context.kernel.sys, program, verified, autoattach, specs)));
  };
  for (const { program, verified } of loadVariants(context, plan)) keep(program, verified);
  for (const program of context.object.programs) {
    if (programs.has(program.name)) continue;
    const chosen = plan.programs.get(program.name) ?? openProgram(program);
    keep(program, isWanted(program, chosen, plan) ? loadLinked(context, program, chosen) : { fd: -1, log: "" });
  }
  return programs;
}

/** The first of each group that the kernel takes; throws what it said of the last where it takes none. */
function* loadVariants(context: LoadContext, plan: LoadPlan): Generator<{ readonly program: Program; readonly verified: Verified }> {
  const all = byName(context.object.programs);
  for (const names of plan.variants) {
    const group = names.flatMap((name) => all.get(name) ?? []);
    for (const [index, program] of group.entries()) {
      try {
        yield { program, verified: loadLinked(context, program, plan.programs.get(program.name) ?? openProgram(program)) };
        break;
      } catch (error) {
        if (!(error instanceof LbcError) || index === group.length - 1) throw error;
      }
    }
  }
}

/** What the object puts into maps of maps and arrays of programs. */
function fillInitialSlots(
  sys: Sys,
  object: BpfObject,
  maps: ReadonlyMap<string, MapHandle>,
  programs: ReadonlyMap<string, LoadedProgram>,
): void {
  for (const map of object.maps) {
    const mapFd = maps.get(map.name)?.fd;
    if (mapFd === undefined) continue;
    for (const { slot, target } of map.initial) {
      const fd = maps.get(target)?.fd ?? programs.get(target)?.fd;
      if (fd !== undefined) fillSlot(sys, map, mapFd, slot, fd);
    }
  }
}

function fillSlot(sys: Sys, map: MapDefinition, mapFd: number, slot: number, fd: number): void {
  const result = updateMap(sys, mapFd, new Uint8Array(Uint32Array.of(slot).buffer), new Uint8Array(Uint32Array.of(fd).buffer));
  if (result < 0) throw systemError(result, "map-failed", `filling slot ${slot} of map ${map.name}`, { type: map.name });
}
