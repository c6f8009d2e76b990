import { readElf } from "@lbc/core/elf";
import { type BpfObject, type DataDefinition, type Program, readObject, type StructOps } from "@lbc/core/object";
import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";
import { load } from "./load.ts";
import type { LoadedObject } from "./loaded-object.ts";
import { type OpenMap, openMap } from "./open-map.ts";

export interface OpenOptions {
  /** Stands before the names of data sections in the kernel, as in `hello.bss`; "lbc" by default. */
  readonly name?: string;
  /** The kernel's BTF, or an ELF file that has it, as bytes or by path; $LBC_BTF, else /sys/kernel/btf/vmlinux by default. */
  readonly kernelBtf?: Uint8Array | string;
  /** The text of the kernel's configuration; /boot/config-RELEASE or /proc/config.gz by default. */
  readonly kconfig?: string;
  /** The folder of maps that are declared with LIBBPF_PIN_BY_NAME; /sys/fs/bpf by default. */
  readonly pinFolder?: string;
  /** The system to load into: another one in tests. */
  readonly sys?: Sys;
}

export interface OpenProgram {
  readonly name: string;
  readonly section: string;
  /** Whether `load()` loads it. */
  autoload: boolean;
  /** Whether the object's `attach()` attaches it. */
  autoattach: boolean;
  /** Of tp_btf, fentry, fexit, lsm and iter: what it is bound to at load, in place of what the section says. */
  target: string | null;
  /** Of freplace, and of fentry and fexit: the loaded program whose function `target` is. */
  targetProgram: { readonly fd: number } | null;
  /** `BPF_F_*` bits of BPF_PROG_LOAD in include/uapi/linux/bpf.h, beside those that the section says (sleepable, fragments of XDP). */
  flags: number;
  /** What the verifier says of a program that loads, as bits: 2 each instruction, 4 what it took; 0, nothing, by default. */
  logLevel: number;
}

/** Kernel operations that the object implements. */
export interface OpenStructOps {
  readonly name: string;
  /** Of the struct, as the object declares it. */
  readonly typeName: string;
  /** Whether `load()` makes them, and loads the programs in them. */
  autoload: boolean;
  /** Whether the object's `attach()` registers them. */
  autoattach: boolean;
  /** The struct's plain members, writable until load. Throws `already-loaded` afterwards. */
  readonly view: DataView;
}

export interface OpenSection {
  readonly name: string;
  /** The initial bytes, writable until load. Throws `already-loaded` afterwards. */
  readonly view: DataView;
}

/** A BPF object in user space: what it declares can still be changed. */
export class OpenObject implements Disposable {
  readonly #object: BpfObject;
  readonly #options: OpenOptions;
  readonly #maps: ReadonlyMap<string, OpenMap>;
  readonly #programs: ReadonlyMap<string, OpenProgram>;
  readonly #sections: ReadonlyMap<string, EditableSection>;
  readonly #structOps: ReadonlyMap<string, EditableStructOps>;
  readonly #variants: (readonly string[])[] = [];
  #taken = false;

  /** Use {@link OpenObject.open}. */
  constructor(object: BpfObject, options: OpenOptions) {
    this.#object = object;
    this.#options = options;
    this.#maps = byName(object.maps.map((map) => openMap(map, options.pinFolder ?? "/sys/fs/bpf")));
    this.#programs = byName(object.programs.map(openProgram));
    this.#sections = byName(object.data.map((section) => new EditableSection(section.name, initialBytes(object, section))));
    this.#structOps = byName(object.structOps.map((ops) => new EditableStructOps(ops, structBytes(object, ops))));
  }

  /** Throws LbcError for bad input; needs no privilege. */
  static open(object: Uint8Array, options: OpenOptions = {}): OpenObject {
    return new OpenObject(readObject(readElf(object)), options);
  }

  /** What the object declares. */
  get declared(): BpfObject {
    return this.#object;
  }

  /** By kernel name. Throws RuntimeError `no-such-map`. */
  map(name: string): OpenMap {
    return this.#maps.get(name) ?? notThere("no-such-map", "map", name, this.#maps.keys());
  }

  /** Throws RuntimeError `no-such-program`. */
  program(name: string): OpenProgram {
    return this.#programs.get(name) ?? notThere("no-such-program", "program", name, this.#programs.keys());
  }

  /** By ELF name, such as `.rodata`. Throws RuntimeError `no-such-section`. */
  section(name: string): OpenSection {
    return this.#sections.get(name) ?? notThere("no-such-section", "data section", name, this.#sections.keys());
  }

  /** By the name of the variable. Throws RuntimeError `no-such-map`. */
  structOps(name: string): OpenStructOps {
    return this.#structOps.get(name) ?? notThere("no-such-map", "struct of operations", name, this.#structOps.keys());
  }

  /**
   * Programs that do the same in different ways, the best first: load() keeps the first that the kernel takes, whatever their autoload,
   * and leaves the others out. Throws RuntimeError `no-such-program`.
   */
  firstOf(...names: readonly string[]): void {
    for (const name of names) this.program(name).autoload = false;
    this.#variants.push(names);
  }

  /** Hands everything to the kernel. Takes over this object: it cannot be used again, and is freed if this throws. */
  load(): LoadedObject {
    if (this.#taken) throw new RuntimeError("already-loaded", { message: "the object was loaded or closed before", hint: "open it again" });
    this.close();
    return load({
      object: this.#object,
      options: this.#options,
      maps: this.#maps,
      programs: this.#programs,
      sections: new Map([...this.#sections].map(([name, section]) => [name, section.bytes])),
      structOps: this.#structOps,
      variants: this.#variants,
    });
  }

  close(): void {
    this.#taken = true;
    for (const part of [...this.#sections.values(), ...this.#structOps.values()]) part.taken = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class EditableSection implements OpenSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  taken = false;
  readonly #view: DataView;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get view(): DataView {
    if (!this.taken) return this.#view;
    throw new RuntimeError("already-loaded", {
      section: this.name,
      message: `${this.name} was handed to the kernel`,
      hint: "set it before load",
    });
  }
}

class EditableStructOps extends EditableSection implements OpenStructOps {
  readonly typeName: string;
  autoload: boolean;
  autoattach = true;

  constructor({ name, typeName, section }: StructOps, bytes: Uint8Array) {
    super(name, bytes);
    this.typeName = typeName;
    this.autoload = !section.startsWith("?");
  }
}

function structBytes({ elf, btf }: BpfObject, { sectionIndex, offset, type }: StructOps): Uint8Array {
  const content = elf.sections[sectionIndex]?.data ?? new Uint8Array();
  return new Uint8Array(content.subarray(offset, offset + (btf?.size(type) ?? 0)));
}

function initialBytes(object: BpfObject, section: DataDefinition): Uint8Array {
  const bytes = new Uint8Array(section.size);
  const content = object.elf.sections[section.sectionIndex]?.data;
  if (content !== undefined) bytes.set(content.subarray(0, section.size));
  return bytes;
}

export function openProgram({ name, section, autoload }: Program): OpenProgram {
  return { name, section, autoload, autoattach: true, target: null, targetProgram: null, flags: 0, logLevel: 0 };
}

export function byName<Item extends { readonly name: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.name, item]));
}

export function notThere(
  code: "no-such-map" | "no-such-program" | "no-such-section",
  what: string,
  name: string,
  known: Iterable<string>,
): never {
  const names = [...known].join(", ");
  throw new RuntimeError(code, {
    message: `the object has no ${what} ${name}`,
    hint: names === "" ? `it has no ${what}` : `it has ${names}`,
  });
}
