import { CoreResolver } from "@lbc/core/core-relo";
import type { BpfObject, DataDefinition, MapDefinition } from "@lbc/core/object";
import { UsdtSpecs } from "../attach/usdt-specs.ts";
import { updateMap } from "../bpf/commands.ts";
import { Descriptor } from "../bpf/descriptor.ts";
import { RuntimeError } from "../errors.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { systemError } from "../sys/errno.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";
import { checkSections, createDeclaredMap, createSectionMap, isMapped, type LoadedBtf } from "./create-maps.ts";
import { resolveExterns } from "./externs.ts";
import { Linker } from "./linker.ts";
import { loadObjectBtf } from "./load-btf.ts";
import { type LoadContext, loadLinked } from "./load-program.ts";
import { LoadedObject } from "./loaded-object.ts";
import { LoadedProgram } from "./loaded-program.ts";
import { type OpenMap, type OpenOptions, type OpenProgram, openProgram } from "./open-object.ts";
import { asPerfEventArray, perfSettings, ringFallbacks } from "./ring-fallback.ts";
import { LiveSection } from "./section.ts";
import { SymbolTargets } from "./symbol-targets.ts";

/** An open object with what its user changed. */
export interface LoadPlan {
  readonly object: BpfObject;
  readonly options: OpenOptions;
  readonly maps: ReadonlyMap<string, OpenMap>;
  readonly programs: ReadonlyMap<string, OpenProgram>;
  /** Initial content. */
  readonly sections: ReadonlyMap<string, Uint8Array>;
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
  checkSections(object.data);
  using resources = new DisposableStack();
  using kernel = new Kernel(sys, options);
  const btf = loadObjectBtf(sys, object);
  // What is loaded with it holds on to it.
  using _btf = btf === null ? null : new Descriptor(sys, btf.fd, ".BTF");
  const externs = resolveExterns(object, kernel);
  const maps = createMaps(kernel, plan, btf, resources);
  const sections = createSections(sys, plan, btf, externs.kconfig, resources);
  const targets = new SymbolTargets(object, {
    mapFds: new Map([...maps].map(([name, map]) => [name, map.fd])),
    dataFds: new Map(sections.map(({ definition, map }) => [definition.sectionIndex, map.fd])),
    externs: externs.byName,
  });
  const core = once(() => new CoreResolver(btfOf(object), kernel.coreBtf, () => kernel.coreModules));
  const context: LoadContext = { object, kernel, linker: new Linker(object, core, targets), btf, functionFds: externs.fds };
  const programs = loadPrograms(context, plan, maps.get("__bpf_usdt_specs") ?? null, resources);
  fillInitialSlots(sys, object, maps, programs);
  return new LoadedObject({
    maps,
    sections: new Map(sections.map(({ definition, live }) => [definition.name, live])),
    programs,
    resources: resources.move(),
  });
}

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
    hint: "link the objects first: bpftool gen object whole.bpf.o PARTS…",
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

function createMaps(kernel: Kernel, plan: LoadPlan, btf: LoadedBtf | null, resources: DisposableStack): Map<string, MapHandle> {
  const { sys } = kernel;
  const maps = new Map<string, MapHandle>();
  const fallbacks = ringFallbacks(plan.object, kernel);
  for (const declared of plan.object.maps) {
    const map = fallbacks.has(declared) ? asPerfEventArray(declared) : declared;
    const settings = plan.maps.get(map.name) ?? { maxEntries: map.maxEntries, pagesPerCpu: 0 };
    using template =
      map.inner === null ? null : createDeclaredMap(sys, map.inner, { maxEntries: map.inner.maxEntries, pagesPerCpu: 0 }, btf);
    maps.set(map.name, resources.use(createDeclaredMap(sys, map, map === declared ? settings : perfSettings(settings), btf, template?.fd)));
  }
  return maps;
}

interface LoadedSection {
  readonly definition: DataDefinition;
  readonly map: MapHandle;
  readonly live: LiveSection;
}

function createSections(
  sys: Sys,
  plan: LoadPlan,
  btf: LoadedBtf | null,
  kconfig: Uint8Array | null,
  resources: DisposableStack,
): LoadedSection[] {
  return plan.object.data
    .filter(({ size }) => size > 0)
    .map((definition) => {
      const initial = (definition.kind === "kconfig" ? kconfig : plan.sections.get(definition.name)) ?? new Uint8Array(definition.size);
      const map = resources.use(createSectionMap(sys, definition, initial, plan.options.name ?? "lbc", btf));
      const live = resources.use(
        isMapped(definition) ? LiveSection.mapped(sys, definition, map) : LiveSection.constant(definition, initial),
      );
      return { definition, map, live };
    });
}

function loadPrograms(
  context: LoadContext,
  plan: LoadPlan,
  usdtSpecs: MapHandle | null,
  resources: DisposableStack,
): Map<string, LoadedProgram> {
  const specs = usdtSpecs === null ? null : new UsdtSpecs(usdtSpecs);
  const programs = new Map<string, LoadedProgram>();
  for (const program of context.object.programs) {
    const chosen = plan.programs.get(program.name) ?? openProgram(program);
    const { autoload, autoattach } = chosen;
    const fd = autoload ? loadLinked(context, program, chosen) : -1;
    const loaded = resources.use(new LoadedProgram(context.kernel.sys, program, fd, autoattach, specs));
    programs.set(program.name, loaded);
  }
  return programs;
}

/** What the object puts into maps of maps and arrays of programs. */
function fillInitialSlots(
  sys: Sys,
  object: BpfObject,
  maps: ReadonlyMap<string, MapHandle>,
  programs: ReadonlyMap<string, LoadedProgram>,
): void {
  for (const map of object.maps) {
    for (const { slot, target } of map.initial) {
      const fd = maps.get(target)?.fd ?? programs.get(target)?.fd;
      if (fd !== undefined) fillSlot(sys, map, maps.get(map.name)?.fd ?? -1, slot, fd);
    }
  }
}

function fillSlot(sys: Sys, map: MapDefinition, mapFd: number, slot: number, fd: number): void {
  const result = updateMap(sys, mapFd, new Uint8Array(Uint32Array.of(slot).buffer), new Uint8Array(Uint32Array.of(fd).buffer));
  if (result < 0) throw systemError(result, "map-failed", `filling slot ${slot} of map ${map.name}`, { type: map.name });
}
