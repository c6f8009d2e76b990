import type { Btf, BtfId, BtfType } from "../btf/index.ts";
import { CoreRelocationError } from "./errors.ts";
import { essentialName } from "./names.ts";
import { localSpec, type Requested, type Spec } from "./spec.ts";
import { matchCandidate } from "./target.ts";
import { type Answer, answer } from "./value.ts";

/** What has to be done with an instruction. */
export interface Resolution {
  /** What the compiler put into it. */
  readonly original: bigint;
  readonly value: bigint;
  /** Whether the instruction must hold `original` before it is patched. */
  readonly validate: boolean;
  /** The target has no such thing: the instruction is made one that the verifier refuses, should it be reached. */
  readonly poison: boolean;
  /** For loads and stores of a field whose size differs, in bytes; `safe` where only zeros are added or dropped. */
  readonly resize: { readonly from: number; readonly to: number; readonly safe: boolean } | null;
}

/** Resolves the relocations of one object against the BTF of one kernel. */
export class CoreResolver {
  readonly #local: Btf;
  readonly #kernel: Btf;
  readonly #modules: () => readonly Btf[];
  readonly #candidates = new Map<BtfId, readonly Candidate[]>();

  /** `modules` is asked when the kernel itself has no type of some name; their BTFs are split, with the kernel's as base. */
  constructor(local: Btf, kernel: Btf, modules: () => readonly Btf[] = () => []) {
    this.#local = local;
    this.#kernel = kernel;
    this.#modules = modules;
  }

  /** Throws CoreRelocationError `bad-access`, `ambiguous`, `bit-field-too-wide` or `unnamed-type`. */
  resolve(relocation: Requested): Resolution {
    if (relocation.kind === "type_id_local") {
      const id = BigInt(relocation.type);
      return { original: id, value: id, validate: false, poison: false, resize: null };
    }
    const local = localSpec(this.#local, relocation);
    const original = answer(relocation.kind, local);
    let found: { readonly spec: Spec; readonly resolution: Resolution } | null = null;
    for (const candidate of this.#candidatesOf(relocation.type)) {
      const spec = matchCandidate(local, relocation.kind, candidate.btf, candidate.id);
      if (spec === null) continue;
      const resolution = resolutionOf(local, original, spec, answer(relocation.kind, spec));
      if (found === null) found = { spec, resolution };
      else if (found.spec.bitOffset !== spec.bitOffset || found.resolution.value !== resolution.value) {
        throw this.#ambiguous(relocation, found.resolution.value, resolution.value);
      }
    }
    return found?.resolution ?? resolutionOf(local, original, null, answer(relocation.kind, null));
  }

  #ambiguous(relocation: Requested, first: bigint, second: bigint): CoreRelocationError {
    const type = this.#local.name(relocation.type);
    return new CoreRelocationError("ambiguous", {
      type,
      message: `${relocation.kind} "${relocation.access}" of ${type} is ${first} in one and ${second} in another of the kernel's types of that name`,
      hint: "give the local type a flavor (`___x`) that has only what the wanted type has",
    });
  }

  #candidatesOf(id: BtfId): readonly Candidate[] {
    const known = this.#candidates.get(id);
    if (known !== undefined) return known;
    const type = this.#local.type(id);
    if (type.name === "") throw new CoreRelocationError("unnamed-type", { message: `relocation against an anonymous ${type.kind}` });
    const candidates = this.#find(type);
    this.#candidates.set(id, candidates);
    return candidates;
  }

  /** Types of the kernel itself hide those of its modules. */
  #find(type: BtfType): readonly Candidate[] {
    const own = this.#findIn(this.#kernel, type);
    return own.length > 0 ? own : this.#modules().flatMap((module) => this.#findIn(module, type));
  }

  #findIn(btf: Btf, type: BtfType): Candidate[] {
    const name = essentialName(type.name);
    const flavors = btf.findStartingWith(`${name}___`, type.kind).filter((id) => essentialName(btf.name(id)) === name);
    return [...btf.find(name, type.kind), ...flavors].sort((a, b) => a - b).map((id) => ({ btf, id }));
  }
}

interface Candidate {
  readonly btf: Btf;
  readonly id: BtfId;
}

function resolutionOf(local: Spec, original: Answer | null, target: Spec | null, answered: Answer | null): Resolution {
  const known = { original: original?.value ?? 0n, validate: original?.validate ?? false };
  if (answered === null) return { ...known, value: 0n, poison: true, resize: null };
  const from = original?.memory ?? null;
  const to = answered.memory;
  const resize =
    from === null || to === null || target === null || from.size === to.size
      ? null
      : { from: from.size, to: to.size, safe: mayResize(local.btf.resolve(from.type), target.btf.resolve(to.type)) };
  return { ...known, value: answered.value, poison: false, resize };
}

/** A pointer is 8 bytes for BPF and maybe 4 for the kernel; an unsigned integer keeps its value. */
function mayResize(from: BtfType, to: BtfType): boolean {
  if (from.kind === "pointer" && to.kind === "pointer") return true;
  return from.kind === "int" && to.kind === "int" && !from.signed && !to.signed;
}
