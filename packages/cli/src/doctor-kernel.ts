import { runningKernel } from "@lbc/build";
import { type Btf, readBtf } from "@lbc/core/btf";
import { attachTypes, mapTypes, programTypes } from "@lbc/core/object";
import { type Finding, limited, missing, ok } from "./doctor-findings.ts";
import type { Machine } from "./doctor-machine.ts";

/** What is needed to load programs on the running kernel, and to attach them. */
export async function examineKernel(machine: Machine, btf: Btf | null): Promise<Finding[]> {
  const decode = async (path: string): Promise<string> => new TextDecoder().decode((await machine.read(path)) ?? new Uint8Array());
  const mounts = await decode("/proc/self/mounts");
  return [
    btf === null
      ? missing(
          "BTF",
          `${runningKernel} cannot be read`,
          "use a kernel with CONFIG_DEBUG_INFO_BTF, as distributions build it; or name a BTF file with --btf",
        )
      : ok("BTF", `${btf.length - 1} types (${runningKernel})`),
    examinePermission(await decode("/proc/self/status")),
    examineMount(mounts, "tracefs", "/sys/kernel/tracing", "tracepoints, kprobes and uprobes cannot be attached"),
    examineMount(mounts, "bpf", "/sys/fs/bpf", "nothing can be pinned"),
    examineProbe(machine, "kprobe", "CONFIG_KPROBE_EVENTS"),
    examineProbe(machine, "uprobe", "CONFIG_UPROBE_EVENTS"),
    ...examineLockdown(await decode("/sys/kernel/security/lockdown")),
  ];
}

/** Bits of the capability sets in /proc/self/status. @see https://man7.org/linux/man-pages/man7/capabilities.7.html */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

function examinePermission(status: string): Finding {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const has = (name: keyof typeof capabilities): boolean => ((effective >> BigInt(capabilities[name])) & 1n) === 1n;
  if (has("CAP_SYS_ADMIN")) return ok("permission", "CAP_SYS_ADMIN");
  if (has("CAP_BPF") && has("CAP_PERFMON"))
    return has("CAP_NET_ADMIN")
      ? ok("permission", "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN")
      : limited("permission", "no network programs: CAP_NET_ADMIN is missing", "run as root");
  return limited("permission", "no program can be loaded", "run as root, or with CAP_BPF and CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8)");
}

function examineMount(mounts: string, type: string, place: string, without: string): Finding {
  const mounted = mounts
    .split("\n")
    .find((line) => line.split(" ")[2] === type)
    ?.split(" ")[1];
  return mounted === undefined
    ? limited(`${type} file system`, without, `mount -t ${type} ${type} ${place}`)
    : ok(`${type} file system`, mounted);
}

function examineProbe(machine: Machine, kind: "kprobe" | "uprobe", option: string): Finding {
  if (machine.exists(`/sys/bus/event_source/devices/${kind}`)) return ok(`${kind}s`, "can be attached");
  return limited(`${kind}s`, "cannot be attached", `use a kernel with ${option}`);
}

/** @see https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html */
function examineLockdown(text: string): Finding[] {
  if (!text.includes("[confidentiality]")) return [];
  return [limited("lockdown", "programs cannot read the kernel's memory", "boot without lockdown=confidentiality")];
}

/** Names that lbc knows, by whether the kernel does. */
export interface Known {
  readonly has: readonly string[];
  readonly lacks: readonly string[];
}

/** What the kernel knows: as it answers when it is asked, or, where it may not be asked, as its BTF tells it. */
export interface Features {
  /** False where it is the BTF that tells: a type whose configuration option is off is listed all the same then. */
  readonly probed: boolean;
  readonly mapTypes: Known;
  readonly programTypes: Known;
  /** By the BTF in any case. */
  readonly attachTypes: Known;
  /** Those that programs of some type may call. */
  readonly helpers: Known;
  /** By the type of the program; empty where nothing was probed. */
  readonly helpersOf: Readonly<Record<string, readonly string[]>>;
  /** Kinds of BTF beyond those of Linux 5.2. */
  readonly btfKinds: Known;
}

/** Kinds by number. @see `BTF_KIND_*` in include/uapi/linux/btf.h */
const laterKinds: readonly (readonly [number, string])[] = [
  [16, "float"],
  [17, "decl_tag"],
  [18, "type_tag"],
  [19, "enum64"],
];

/** Helpers of which the kernel's log is told when a program asks for them: they are not asked for, but are there by the BTF. */
const loud: ReadonlySet<string> = new Set(["trace_printk", "trace_vprintk", "probe_write_user"]);

export async function examineFeatures(machine: Machine, btf: Btf): Promise<Features> {
  const helpers = enumerators(btf, "bpf_func_id")
    .filter(({ name }) => !name.startsWith("__") && name !== "BPF_FUNC_unspec")
    .map(({ name, value }) => ({ name: name.replace(/^BPF_FUNC_/, ""), number: Number(value) }));
  const byBtf = featuresOf(
    btf,
    helpers.map(({ name }) => name),
  );
  const quiet = helpers.filter(({ name }) => !loud.has(name));
  const answers = await machine.probe(quiet.map(({ number }) => number));
  if (answers === null) return byBtf;
  const names = new Map(quiet.map(({ name, number }) => [number, name]));
  const helpersOf = [...answers.helpers].map(([type, numbers]) => [type, [...numbers].map((number) => names.get(number) ?? "")] as const);
  const callable = new Set([...loud, ...helpersOf.flatMap(([, known]) => known)]);
  const { floats, declTags, typeTags, enum64 } = answers.btf;
  return {
    probed: true,
    mapTypes: split(mapTypes.slice(1).map((type) => [type, answers.mapTypes.has(type)])),
    programTypes: split(programTypes.slice(1).map((type) => [type, answers.programTypes.has(type)])),
    attachTypes: byBtf.attachTypes,
    helpers: split(helpers.map(({ name }) => [name, callable.has(name)])),
    helpersOf: Object.fromEntries(helpersOf),
    btfKinds: split([floats, declTags, typeTags, enum64].map((has, index) => [laterKinds[index]?.[1] ?? "", has])),
  };
}

/** By the BTF alone. */
function featuresOf(btf: Btf, helpers: readonly string[]): Features {
  const btfKinds = enumeratorAnywhere(btf, "NR_BTF_KINDS") ?? laterKinds[0]?.[0] ?? 0;
  return {
    probed: false,
    mapTypes: below(mapTypes, maximum(btf, "bpf_map_type"), 1),
    programTypes: below(programTypes, maximum(btf, "bpf_prog_type"), 1),
    attachTypes: below(attachTypes, maximum(btf, "bpf_attach_type"), 0),
    helpers: { has: helpers, lacks: [] },
    helpersOf: {},
    btfKinds: split(laterKinds.map(([kind, name]) => [name, kind < btfKinds])),
  };
}

/** The BTF of the running kernel; null where it has none. */
export async function kernelBtf(machine: Machine): Promise<Btf | null> {
  const bytes = await machine.read(runningKernel);
  return bytes === null ? null : readBtf(bytes);
}

function enumerators(btf: Btf, name: string): readonly { readonly name: string; readonly value: bigint }[] {
  const type = btf.find(name, "enum").map((id) => btf.type(id))[0];
  return type?.kind === "enum" ? type.values : [];
}

/** `__MAX_BPF_MAP_TYPE` and its like: one more than the last. */
function maximum(btf: Btf, name: string): number {
  return Number(enumerators(btf, name).find((value) => value.name.startsWith("__MAX_"))?.value ?? 0);
}

/** Of an anonymous enum, which cannot be found by name. */
function enumeratorAnywhere(btf: Btf, name: string): number | undefined {
  for (let id = 1; id < btf.length; id++) {
    if (btf.kind(id) !== "enum" || btf.name(id) !== "") continue;
    const type = btf.type(id);
    const found = type.kind === "enum" ? type.values.find((value) => value.name === name) : undefined;
    if (found !== undefined) return Number(found.value);
  }
  return undefined;
}

const below = (names: readonly string[], count: number, first: number): Known =>
  split(names.map((name, index) => [name, index < count] as const).slice(first));

function split(names: readonly (readonly [string, boolean])[]): Known {
  const namesThat = (known: boolean): string[] => names.filter(([, has]) => has === known).map(([name]) => name);
  return { has: namesThat(true), lacks: namesThat(false) };
}
