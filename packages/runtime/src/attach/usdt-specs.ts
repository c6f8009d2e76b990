import type { BpfObject } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import type { UsdtArgument } from "./usdt-arguments.ts";
import { UsdtLayout } from "./usdt-layout.ts";

/** `enum __bpf_usdt_arg_type` */
const places = { constant: 0n, register: 1n, memory: 2n, indexed: 3n } as const;

const specsName = "__bpf_usdt_specs";
const addressesName = "__bpf_usdt_ip_to_spec_id";

/** Of an object with its maps; null where it has no USDT programs. */
export function usdtSpecsOf(object: BpfObject, maps: ReadonlyMap<string, MapHandle>): UsdtSpecs | null {
  const specs = maps.get(specsName);
  return specs === undefined ? null : new UsdtSpecs(object, specs, maps.get(addressesName) ?? null);
}

/** The specifications that an object's USDT programs look up: how to get the arguments of a probe at one kind of place. */
export class UsdtSpecs {
  readonly #object: BpfObject;
  readonly #specs: MapHandle;
  readonly #addresses: MapHandle | null;
  readonly #free: number[] = [];
  #layout: UsdtLayout | null = null;
  #next = 0;

  /** `specs` is the map `__bpf_usdt_specs`, whose values have the type that the object says; `addresses` is `__bpf_usdt_ip_to_spec_id`. */
  constructor(object: BpfObject, specs: MapHandle, addresses: MapHandle | null) {
    this.#object = object;
    this.#specs = specs;
    this.#addresses = addresses;
  }

  /** Gives the specification a number, which becomes the cookie of the probe. Throws RuntimeError `map-full`, `bad-object`. */
  add(args: readonly UsdtArgument[], cookie: bigint): number {
    this.#layout ??= layoutOf(this.#object, this.#specs.name);
    const { mostArguments } = this.#layout;
    if (args.length > mostArguments) {
      throw new RuntimeError("unsupported", {
        message: `a probe with ${args.length} arguments, where programs read ${mostArguments} at most`,
      });
    }
    if (args.some(({ where }) => where === "indexed") && !this.#layout.knowsIndices) {
      throw new RuntimeError("unsupported", {
        message: "an argument of the probe is an element of an array, which the object's programs cannot find",
        hint: "compile them with the usdt.bpf.h of libbpf 1.7",
      });
    }
    const spec = encodeSpec(this.#layout, args, cookie, this.#specs.sys.endianness === "little");
    const id = this.#free.pop() ?? this.#next++;
    if (id >= this.#specs.maxEntries) {
      this.#next--;
      throw new RuntimeError("map-full", {
        type: this.#specs.name,
        message: `more than ${this.#specs.maxEntries} kinds of places of probes`,
        hint: "define BPF_USDT_MAX_SPEC_CNT before usdt.bpf.h is included",
      });
    }
    this.#specs.update(new Uint8Array(Uint32Array.of(id).buffer), spec);
    return id;
  }

  remove(id: number): void {
    this.#free.push(id);
  }

  /**
   * Tells programs by the address of a probe in memory which number it has, where the kernel has no cookies. Throws RuntimeError
   * `key-exists` where the object watches the address already, `map-full`, `bad-object`.
   */
  place(address: bigint, id: number): void {
    if (this.#addresses === null) throw noSuchMap(addressesName);
    this.#addresses.update(addressKey(address), new Uint8Array(Uint32Array.of(id).buffer), "create");
  }

  displace(address: bigint): void {
    this.#addresses?.delete(addressKey(address));
  }
}

const addressKey = (address: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(address).buffer);

function noSuchMap(name: string): RuntimeError {
  return new RuntimeError("bad-object", {
    type: name,
    message: `the object has no map ${name}`,
    hint: "include <bpf/usdt.bpf.h>, and declare the program with BPF_USDT()",
  });
}

function layoutOf({ btf, maps }: BpfObject, name: string): UsdtLayout {
  const value = maps.find((map) => map.name === name)?.value ?? null;
  if (btf !== null && value !== null) return new UsdtLayout(btf, value);
  throw new RuntimeError("bad-object", {
    type: name,
    message: `the map ${name} has no type of values`,
    hint: "it has to be the one of <bpf/usdt.bpf.h>",
  });
}

function encodeSpec(layout: UsdtLayout, args: readonly UsdtArgument[], cookie: bigint, little: boolean): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  layout.writeSpec(bytes, { usdt_cookie: cookie, arg_cnt: BigInt(args.length) }, little);
  for (const [index, argument] of args.entries()) layout.writeArgument(bytes, index, membersOf(argument), little);
  return bytes;
}

/** `struct __bpf_usdt_arg_spec` */
function membersOf({ where, value, register, index, signed, size }: UsdtArgument): Readonly<Record<string, bigint>> {
  const members = {
    val_off: value,
    arg_type: places[where],
    reg_off: BigInt(register),
    arg_signed: signed ? 1n : 0n,
    arg_bitshift: BigInt(64 - size * 8),
  };
  return index === null ? members : { ...members, idx_reg_off: BigInt(index.register), scale_bitshift: BigInt(index.shift) };
}
