import type { Btf, BtfComposite, BtfMember } from "@lbc/core/btf";
import { RuntimeError } from "../errors.ts";

/**
 * Where the programs of an object look for what is told them of a probe, as the object's own types say: libbpf 1.7 made
 * the arguments longer, by members of single bits. @see `struct __bpf_usdt_spec` in src/usdt.bpf.h of libbpf 1.6 and of 1.7
 */
export class UsdtLayout {
  /** Of a spec, in bytes. */
  readonly size: number;
  /** How many arguments a program can read. */
  readonly mostArguments: number;
  readonly #btf: Btf;
  readonly #spec: BtfComposite;
  readonly #argument: BtfComposite;
  readonly #argumentsAt: number;

  /** `spec` is the id of the struct. Throws RuntimeError `bad-object` where it is none of a usdt.bpf.h. */
  constructor(btf: Btf, spec: number) {
    this.#btf = btf;
    this.#spec = structOf(btf, spec);
    const args = member(this.#spec, "args");
    const array = btf.resolve(args.type);
    if (array.kind !== "array") throw notUnderstood("args");
    this.#argument = structOf(btf, array.element);
    this.#argumentsAt = args.bitOffset;
    this.mostArguments = array.length;
    this.size = this.#spec.size;
  }

  /** Whether programs find elements of arrays, by a base and a scaled index: from libbpf 1.7 on. */
  get knowsIndices(): boolean {
    return this.#argument.members.some(({ name }) => name === "idx_reg_off");
  }

  /** Writes members of the spec by their names. */
  writeSpec(bytes: Uint8Array, values: Readonly<Record<string, bigint>>, little: boolean): void {
    for (const [name, value] of Object.entries(values)) this.#write(bytes, 0, member(this.#spec, name), value, little);
  }

  /** Writes members of an argument by their names. */
  writeArgument(bytes: Uint8Array, index: number, values: Readonly<Record<string, bigint>>, little: boolean): void {
    const start = this.#argumentsAt + index * this.#argument.size * 8;
    for (const [name, value] of Object.entries(values)) this.#write(bytes, start, member(this.#argument, name), value, little);
  }

  /** Bits count from the lowest of a byte on little-endian machines, from the highest on others. */
  #write(bytes: Uint8Array, start: number, { type, bitOffset, bitSize }: BtfMember, value: bigint, little: boolean): void {
    const bits = bitSize === 0 ? this.#btf.size(type) * 8 : bitSize;
    for (let bit = 0; bit < bits; bit++) {
      if (((value >> BigInt(bit)) & 1n) === 0n) continue;
      const at = start + bitOffset + (little ? bit : bits - 1 - bit);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (little ? 1 << (at & 7) : 0x80 >> (at & 7));
    }
  }
}

function structOf(btf: Btf, id: number): BtfComposite {
  const type = btf.resolve(id);
  if (type.kind !== "struct") throw notUnderstood(type.name);
  return type;
}

function member({ members }: BtfComposite, name: string): BtfMember {
  const found = members.find((candidate) => candidate.name === name);
  if (found === undefined) throw notUnderstood(name);
  return found;
}

function notUnderstood(name: string): RuntimeError {
  return new RuntimeError("bad-object", {
    type: "__bpf_usdt_specs",
    message: `the values of the map __bpf_usdt_specs have no ${name} as libbpf 0.8 to 1.7 have it`,
    hint: "the map has to be the one of <bpf/usdt.bpf.h>",
  });
}
