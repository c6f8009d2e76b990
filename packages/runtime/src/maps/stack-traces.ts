import { RuntimeError } from "../errors.ts";
import type { MapHandle } from "./map-handle.ts";

/** BPF_MAP_TYPE_STACK_TRACE: what bpf_get_stackid() gave the number of. */
export class StackTraces {
  readonly map: MapHandle;
  readonly #little: boolean;

  /** Throws RuntimeError `codec-mismatch` for another kind of map. */
  constructor(map: MapHandle) {
    if (map.type !== "stack_trace") {
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type} and holds no stacks` });
    }
    this.map = map;
    this.#little = map.sys.endianness === "little";
  }

  /** Addresses, the innermost first; undefined where there is no such stack, as for the negative numbers that are errors. */
  get(id: number): bigint[] | undefined {
    if (id < 0) return undefined;
    const { access } = this.map;
    access.keyView.setUint32(0, id, this.#little);
    if (!access.lookup()) return undefined;
    const addresses = Array.from({ length: access.value.length / 8 }, (_, index) => access.valueView.getBigUint64(8 * index, this.#little));
    const end = addresses.indexOf(0n);
    return end === -1 ? addresses : addresses.slice(0, end);
  }

  /** False where it was not there. */
  delete(id: number): boolean {
    const { access } = this.map;
    access.keyView.setUint32(0, id, this.#little);
    return access.delete();
  }

  /** Numbers of all stacks. */
  *ids(): IterableIterator<number> {
    for (const _ of this.map.access.walk()) yield this.map.access.keyView.getUint32(0, this.#little);
  }

  clear(): void {
    for (const _ of this.map.access.walk()) this.map.access.delete();
  }
}
