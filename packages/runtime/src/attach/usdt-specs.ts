import { Attr } from "../bpf/attr.ts";
import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import type { Sys } from "../sys/sys.ts";
import type { UsdtArgument } from "./usdt-arguments.ts";

/** `struct __bpf_usdt_spec`: 12 arguments of 16 bytes, the user's cookie, the number of arguments. @see libbpf's usdt.bpf.h */
const argumentSize = 16;
const mostArguments = 12;
const cookieAt = mostArguments * argumentSize;
const countAt = cookieAt + 8;
/** `enum __bpf_usdt_arg_type` */
const places = { constant: 0, register: 1, memory: 2 } as const;

/** The specifications that an object's USDT programs look up: how to get the arguments of a probe at one kind of place. */
export class UsdtSpecs {
  readonly #specs: MapHandle;
  readonly #free: number[] = [];
  #next = 0;

  /** `specs` is the map `__bpf_usdt_specs`. */
  constructor(specs: MapHandle) {
    this.#specs = specs;
  }

  /** Gives the specification a number, which becomes the cookie of the probe. Throws RuntimeError `map-full`. */
  add(args: readonly UsdtArgument[], cookie: bigint): number {
    if (args.length > mostArguments) {
      throw new RuntimeError("unsupported", {
        message: `a probe with ${args.length} arguments, where programs read ${mostArguments} at most`,
      });
    }
    const id = this.#free.pop() ?? this.#next++;
    if (id >= this.#specs.maxEntries) {
      this.#next--;
      throw new RuntimeError("map-full", {
        type: this.#specs.name,
        message: `more than ${this.#specs.maxEntries} kinds of places of probes`,
        hint: "define BPF_USDT_MAX_SPEC_CNT before usdt.bpf.h is included",
      });
    }
    this.#specs.update(new Uint8Array(Uint32Array.of(id).buffer), encodeSpec(this.#specs.sys, this.#specs.valueSize, args, cookie));
    return id;
  }

  remove(id: number): void {
    this.#free.push(id);
  }
}

function encodeSpec(sys: Sys, size: number, args: readonly UsdtArgument[], cookie: bigint): Uint8Array {
  const spec = new Attr(sys, size).u64(cookieAt, cookie).u32(countAt, args.length);
  args.forEach((argument, index) => {
    const at = index * argumentSize;
    spec.u64(at, argument.value).u32(at + 8, places[argument.where]);
    // short reg_off, bool arg_signed, char arg_bitshift
    spec.u16(at + 12, argument.register);
    spec.bytes[at + 14] = argument.signed ? 1 : 0;
    spec.bytes[at + 15] = 64 - argument.size * 8;
  });
  return spec.bytes;
}
