import { existsSync, readFileSync } from "node:fs";
import type { AttachKind, Layout, ProgramLayout } from "@lbc/core/layout";
import { didYouMean } from "@lbc/core/layout";
import { type AttachTargets, type Link, type LoadedObject, type OpenObject, PacketSocket, type Program, RuntimeError } from "@lbc/runtime";
import { RunError } from "./errors.ts";
import { iteratorForm, iteratorTarget } from "./iterators.ts";
import type { Hook, PerfHook } from "./oneliner/hooks.ts";
import { counterName, parseHook } from "./oneliner/hooks.ts";

/** What is attached, and what is not because nobody told where. */
export interface Attached {
  readonly programs: readonly string[];
  readonly skipped: readonly ProgramLayout[];
  /** Those that are walked. */
  readonly iterators: readonly Link[];
}

type AnyTarget = AttachTargets[AttachKind["kind"]];

/** How the target of each kind is written where the section leaves it open. */
const targetForms: Partial<Record<AttachKind["kind"], string>> = {
  kprobe: "FUNCTION",
  ksyscall: "SYSCALL",
  uprobe: "PATH:FUNCTION",
  tracepoint: "CATEGORY:NAME",
  raw_tracepoint: "NAME",
  tp_btf: "NAME",
  trampoline: "FUNCTION",
  lsm: "HOOK",
  perf_event: "hz:99",
  xdp: "INTERFACE",
  tc: "INTERFACE",
  tcx: "INTERFACE",
  netkit: "INTERFACE",
  socket_filter: "INTERFACE",
  cgroup: "FOLDER",
  sk_lookup: "NETNS",
  flow_dissector: "NETNS",
  netns: "NETNS",
};

const formOf = (attach: AttachKind | null): string | undefined =>
  attach?.kind === "iter" ? iteratorForm(attach.target ?? "") : attach === null ? undefined : targetForms[attach.kind];

/** Kinds whose target the kernel has to know when the program is loaded. */
const boundAtLoad: ReadonlySet<AttachKind["kind"]> = new Set(["tp_btf", "trampoline", "lsm"]);
/** How often a sampling program runs where nobody says. */
const defaultHz = 99;

/** Targets that were given as `PROGRAM=TARGET`, by program. Throws RunError `bad-target`. */
export function parseTargets(layout: Layout, given: readonly string[]): Map<string, string> {
  const targets = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    const [name, target] = [text.slice(0, Math.max(0, equals)), text.slice(equals + 1)];
    if (name === "" || target === "")
      throw new RunError("bad-target", { message: `"${text}" attaches nothing`, hint: "write it as PROGRAM=TARGET" });
    if (!layout.programs.some((program) => program.name === name)) {
      const names = layout.programs.map((program) => program.name);
      throw new RunError("bad-target", {
        type: name,
        message: "the object has no such program",
        hint: didYouMean(name, names) ?? `it has ${names.join(", ")}`,
      });
    }
    targets.set(name, target);
  }
  return targets;
}

/** What has to be settled before load: programs with a target of their own do not attach by themselves. */
export function prepareTargets(
  open: OpenObject,
  layout: Layout,
  targets: ReadonlyMap<string, string>,
  hooks: ReadonlyMap<string, Hook>,
): void {
  for (const { name, attach } of layout.programs) {
    const target = targets.get(name);
    if (target !== undefined && attach !== null && boundAtLoad.has(attach.kind)) open.program(name).target = target;
    else if (target !== undefined || hooks.get(name)?.kind === "perf") open.program(name).autoattach = false;
  }
}

/** Attaches all that can be attached; `resources` keeps what has to stay open. Throws RunError `nothing-attached`, and RuntimeError. */
export function attachAll(
  loaded: LoadedObject,
  layout: Layout,
  targets: ReadonlyMap<string, string>,
  hooks: ReadonlyMap<string, Hook>,
  resources: DisposableStack,
): Attached {
  loaded.attach();
  const iterators: Link[] = [];
  for (const program of layout.programs) {
    const hook = hooks.get(program.name);
    const target = targets.get(program.name);
    const kind = program.attach?.kind;
    let attached: Link | null = null;
    if (hook?.kind === "perf") attachPerf(loaded.program(program.name), hook);
    else if (target !== undefined && kind !== undefined && !boundAtLoad.has(kind))
      attached = loaded.program(program.name).attach(parseTarget(program, target, loaded, resources));
    else if (kind === "iter") attached = loaded.links.find((link) => link.program === program.name) ?? null;
    else if (kind === "perf_event") loaded.program(program.name).attach({ frequency: defaultHz });
    if (kind === "iter" && attached !== null) iterators.push(attached);
  }
  const programs = new Set(loaded.links.map((link) => link.program));
  for (const program of layout.programs) if (isCalled(program, hooks)) programs.add(program.name);
  const isRun = ({ name }: ProgramLayout): boolean => hooks.get(name)?.kind === "begin" || hooks.get(name)?.kind === "end";
  const skipped = layout.programs.filter((program) => program.autoload && !programs.has(program.name) && !isRun(program));
  if (programs.size === 0 && !layout.programs.some(isRun)) {
    const [first] = skipped;
    throw new RunError("nothing-attached", {
      message: "no program of the object can be attached",
      hint: first === undefined ? noneHint(layout) : skippedHint(first),
    });
  }
  return { programs: [...programs], skipped, iterators };
}

/** Whether another program of a one-liner calls it: its section leaves open what its hook names. */
function isCalled({ name, attach }: ProgramLayout, hooks: ReadonlyMap<string, Hook>): boolean {
  return hooks.get(name)?.kind === "tracepoint" && attach?.kind === "tracepoint" && attach.category === null;
}

/** Where there is no program that is loaded. */
function noneHint({ programs: [first] }: Layout): string {
  if (first === undefined) return "it has none: a program is a function with SEC(…)";
  return `the section ${first.section} begins with "?": it is loaded only by programs of your own that ask for it`;
}

/** What the user can do about a program that was not attached. */
export function skippedHint({ name, section, attach }: ProgramLayout): string {
  const form = formOf(attach);
  return form === undefined
    ? `lbc run cannot attach ${name} (${section}): use a program of your own (lbc gen)`
    : `say where: --attach ${name}=${form}`;
}

/** What perf_event_open() says where there is no such counter: of a CPU without any, and of one that has others. */
const noCounter: ReadonlySet<string | undefined> = new Set(["ENOENT", "EOPNOTSUPP"]);

/** Throws RuntimeError, `unsupported` where the machine has no such counter, and RunError `out-of-range`. */
export function attachPerf(program: Pick<Program, "name" | "attach">, hook: PerfHook): void {
  try {
    program.attach(perfTarget(hook));
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.errno === "EINVAL" && hook.frequency !== undefined) throw tooOften(hook.frequency, error);
    if (!noCounter.has(error.errno)) throw error;
    throw new RuntimeError("unsupported", {
      type: program.name,
      message: `this machine has no counter for ${counterName(hook)} (${error.errno})`,
      hint:
        "virtual machines have no counters of the CPU unless their host passes them on; " +
        "everywhere there are software:cpu-clock, profile:hz:99, software:page-faults and software:context-switches",
      errno: error.errno,
      cause: error,
    });
  }
}

/** @see https://docs.kernel.org/admin-guide/sysctl/kernel.html#perf-event-max-sample-rate */
const highestRate = "/proc/sys/kernel/perf_event_max_sample_rate";

function tooOften(frequency: number, cause: RuntimeError): RunError {
  const hint = existsSync(highestRate)
    ? `${readFileSync(highestRate, "utf8").trim()} is the most it takes now (${highestRate})`
    : undefined;
  return new RunError("out-of-range", { message: `the kernel does not take ${frequency} samples a second`, hint, cause });
}

function perfTarget({ type, config, frequency, period, everyCpu }: PerfHook): AttachTargets["perf_event"] {
  return {
    type,
    config,
    ...(frequency === undefined ? {} : { frequency }),
    ...(period === undefined ? {} : { period }),
    ...(everyCpu ? {} : { cpu: 0 }),
  };
}

function parseTarget(program: ProgramLayout, text: string, loaded: LoadedObject, resources: DisposableStack): AnyTarget {
  const { attach } = program;
  const kind = attach?.kind;
  const colon = text.lastIndexOf(":");
  const [before, behind] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
  const isPair = before !== "" && behind !== "";
  switch (kind) {
    case "iter": {
      const target = iteratorTarget(attach?.kind === "iter" ? (attach.target ?? "") : "", text, loaded);
      if (target !== null) return target;
      break;
    }
    case "kprobe":
      return { function: text };
    case "ksyscall":
      return { syscall: text };
    case "raw_tracepoint":
      return { name: text };
    case "uprobe":
      if (isPair) return { path: before, function: behind };
      break;
    case "tracepoint":
      if (isPair) return { category: before, name: behind };
      break;
    case "perf_event": {
      const hook = parseHook({ text: `profile:${text}`, line: 1, column: 1 });
      if (hook.kind === "perf") return perfTarget(hook);
      break;
    }
    case "xdp":
    case "tc":
    case "tcx":
    case "netkit":
      return { interface: text };
    case "socket_filter":
      return { socket: resources.use(PacketSocket.open(text)).fd };
    case "cgroup":
      return { path: text };
    case "sk_lookup":
    case "flow_dissector":
    case "netns":
      return { netns: text };
    default:
      break;
  }
  const form = formOf(attach);
  throw new RunError("bad-target", {
    type: program.name,
    message: `"${text}" is no target for ${program.section}`,
    hint: form === undefined ? "programs of this kind cannot be given one" : `write it as --attach ${program.name}=${form}`,
  });
}
