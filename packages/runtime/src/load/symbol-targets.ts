import type { ElfSymbol } from "@lbc/core/elf";
import type { BpfObject } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import { type Code, pseudo } from "./code.ts";
import type { Resolved } from "./externs.ts";

/** A call of the 2002000000th helper and those after it, which do not exist: the verifier refuses it if it gets there. */
const missingFunction = 2002000000;
/** The same for maps that were not made, with the map's place in the object: numbers of libbpf's, as users look for them. */
const missingMap = 2001000000;

export interface TargetSources {
  /** Descriptor of a map, by its name in the source. */
  readonly mapFds: ReadonlyMap<string, number>;
  /** Descriptor of the map that holds a data section, by the section's index; that of .kconfig at -1. */
  readonly dataFds: ReadonlyMap<number, number>;
  readonly externs: ReadonlyMap<string, Resolved>;
}

/** Puts what a symbol stands for on this kernel into an instruction. */
export class SymbolTargets {
  readonly #object: BpfObject;
  readonly #sources: TargetSources;

  constructor(object: BpfObject, sources: TargetSources) {
    this.#object = object;
    this.#sources = sources;
  }

  /** A call of a kernel function. */
  patchCall(symbol: ElfSymbol, code: Code, at: number): void {
    const resolved = this.#extern(symbol);
    if (resolved.kind === "missing-function") {
      code.setSource(at, 0);
      code.setOffset(at, 0);
      code.setImmediate(at, missingFunction + this.#object.externs.findIndex(({ name }) => name === symbol.name));
    } else if (resolved.kind === "function") {
      code.setSource(at, pseudo.kfunc);
      code.setOffset(at, resolved.fdIndex);
      code.setImmediate(at, resolved.id);
    } else {
      throw bad(symbol, "a call of a symbol that is no function");
    }
  }

  /** The address of a map, a variable or a kernel symbol. */
  patchAddress(symbol: ElfSymbol, code: Code, at: number): void {
    if (symbol.sectionIndex === 0) {
      this.#patchExtern(this.#extern(symbol), code, at);
      return;
    }
    const offset = symbol.value + code.immediate(at);
    const map = this.#object.maps.find((candidate) => candidate.sectionIndex === symbol.sectionIndex && candidate.offset === offset);
    const mapFd = map === undefined ? undefined : this.#sources.mapFds.get(map.name);
    if (mapFd !== undefined) {
      code.setSource(at, pseudo.mapFd);
      code.setImmediate(at, mapFd);
      return;
    }
    if (map !== undefined) {
      refuseIfReached(code, at, missingMap + this.#object.maps.indexOf(map));
      return;
    }
    const dataFd = this.#sources.dataFds.get(symbol.sectionIndex);
    if (dataFd === undefined) throw bad(symbol, "an address in a section that is neither data nor maps");
    code.setSource(at, pseudo.mapValue);
    code.setImmediate(at, dataFd);
    code.setImmediate(at + 1, offset);
  }

  #patchExtern(resolved: Resolved, code: Code, at: number): void {
    switch (resolved.kind) {
      case "kconfig":
        code.setSource(at, pseudo.mapValue);
        code.setImmediate(at, this.#sources.dataFds.get(-1) ?? -1);
        code.setImmediate(at + 1, resolved.offset);
        return;
      case "variable":
      case "function":
        code.setSource(at, pseudo.btfId);
        code.setImmediate(at, resolved.id);
        code.setImmediate(at + 1, resolved.fd);
        return;
      case "address":
        code.setSource(at, 0);
        code.setImmediate64(at, resolved.value);
        return;
      case "missing-function":
        code.setSource(at, 0);
        code.setImmediate64(at, 0n);
    }
  }

  #extern(symbol: ElfSymbol): Resolved {
    const resolved = this.#sources.externs.get(symbol.name);
    if (resolved === undefined)
      throw bad(symbol, "an extern that is declared neither __ksym nor __kconfig", "link the objects into one first");
    return resolved;
  }
}

/** Makes two calls of a helper that there is not out of a load of an address: dead code is never looked at. */
function refuseIfReached(code: Code, at: number, helper: number): void {
  for (const slot of [at, at + 1]) code.setCall(slot, helper);
}

function bad(symbol: ElfSymbol, message: string, hint = "compile the object again"): RuntimeError {
  return new RuntimeError("bad-object", { type: symbol.name, message: `${message} (${symbol.name})`, hint });
}
