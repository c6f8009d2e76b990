import { type Btf, readBtf } from "@lbc/core/btf";
import { findSection, readElf } from "@lbc/core/elf";
import { Attr } from "../bpf/attr.ts";
import { btfFdById, nextBtfId, objectInfo } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";
import { parseKconfig, readKconfig } from "./kconfig.ts";
import { kernelVersion, releaseVersion } from "./version.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";
/** In place of an address: static functions of several files may have one name. */
const ambiguous = "ambiguous";
/** A machine has a few hundred modules. */
const mostBtfs = 100_000;
const utf8 = new TextDecoder();
const version5_11 = (5 << 16) + (11 << 8);
/** The running kernel's own types do not change: the next load uses them again, unless their memory was wanted meanwhile. */
const runningBtf = new WeakMap<Sys, WeakRef<Btf>>();

/** A kernel module's types, and the descriptor by which system calls refer to them. */
export interface ModuleBtf {
  readonly name: string;
  readonly fd: number;
  readonly btf: Btf;
}

export interface KernelOptions {
  readonly kernelBtf?: Uint8Array | string | undefined;
  readonly kconfig?: string | undefined;
}

/** What the running kernel tells about itself; every answer is found when it is first asked for. */
export class Kernel implements Disposable {
  readonly sys: Sys;
  readonly #options: KernelOptions;
  #btf: Btf | null = null;
  #coreBtf: Btf | null = null;
  #modules: readonly ModuleBtf[] | null = null;
  #kconfig: ReadonlyMap<string, string> | null = null;
  #symbols: ReadonlyMap<string, bigint | typeof ambiguous> | null = null;

  constructor(sys: Sys, options: KernelOptions = {}) {
    this.sys = sys;
    this.#options = options;
  }

  get version(): number {
    return kernelVersion(this.sys);
  }

  /** Before 5.11 BPF memory counts as locked memory, of which most processes may have little. */
  makeRoom(): void {
    if (releaseVersion(this.sys.release) < version5_11) this.sys.liftLockedMemory();
  }

  /** The running kernel's types, by which programs attach. Throws `no-kernel-btf`. */
  get btf(): Btf {
    this.#btf ??= runningBtf.get(this.sys)?.deref() ?? this.#readRunning();
    return this.#btf;
  }

  #readRunning(): Btf {
    const btf = this.#read(vmlinux);
    runningBtf.set(this.sys, new WeakRef(btf));
    return btf;
  }

  /** The types against which CO-RE resolves: those that the user gave, else the running kernel's. Throws `no-kernel-btf`. */
  get coreBtf(): Btf {
    const given = this.#options.kernelBtf;
    if (given === undefined) return this.btf;
    this.#coreBtf ??= typeof given === "string" ? this.#read(given) : readBtf(contentOf(given));
    return this.#coreBtf;
  }

  #read(path: string): Btf {
    // A read of /sys gives a page at most: the kernel's types take 1,300 of them.
    const bytes = (path === vmlinux ? this.sys.mapFile(path) : null) ?? this.sys.readFile(path);
    if (bytes !== null) return readBtf(contentOf(bytes));
    throw new RuntimeError("no-kernel-btf", {
      file: path,
      message: "the kernel's type information is not there",
      hint: "use a kernel with CONFIG_DEBUG_INFO_BTF=y, or name a file with the kernel's BTF in LBC_BTF (in code: the option kernelBtf)",
      since: "5.4",
    });
  }

  /** The types of all loaded modules; none where the user gave the kernel's BTF, since they do not fit to it. */
  get coreModules(): readonly Btf[] {
    return this.#options.kernelBtf === undefined ? this.modules.map((module) => module.btf) : [];
  }

  get modules(): readonly ModuleBtf[] {
    this.#modules ??= this.#readModules();
    return this.#modules;
  }

  #readModules(): ModuleBtf[] {
    const modules: ModuleBtf[] = [];
    let id = 0;
    for (let count = 0; count < mostBtfs; count++) {
      id = nextBtfId(this.sys, id);
      if (id < 0) break;
      const fd = btfFdById(this.sys, id);
      if (fd < 0) continue;
      const name = this.#moduleName(fd);
      const bytes = name === null ? null : this.sys.readFile(`/sys/kernel/btf/${name}`);
      if (name === null || bytes === null) this.sys.close(fd);
      else modules.push({ name, fd, btf: readBtf(bytes, { base: this.btf }) });
    }
    return modules;
  }

  /** `struct bpf_btf_info`: null for vmlinux and for the BTF of programs. */
  #moduleName(fd: number): string | null {
    const name = new Uint8Array(64);
    const info = new Attr(this.sys, 32).pointer(16, name).u32(24, name.length);
    const result = objectInfo(this.sys, fd, info.bytes);
    // Before 5.11 modules have no type information, and the kernel does not know the question.
    if (-result === errno.E2BIG) return null;
    if (result < 0) throw systemError(result, "system-call-failed", "asking for a module's type information");
    const isKernel = info.getU32(28) === 1;
    const text = utf8.decode(name.subarray(0, name.indexOf(0)));
    return isKernel && text !== "vmlinux" ? text : null;
  }

  /** What an option of the kernel's configuration is set to, as .config has it; undefined where it is not set. Throws `unsupported`. */
  configOption(name: string): string | undefined {
    this.#kconfig ??= this.#readKconfig();
    return this.#kconfig.get(name);
  }

  #readKconfig(): ReadonlyMap<string, string> {
    const text = this.#options.kconfig ?? readKconfig(this.sys);
    if (text !== null) return parseKconfig(text);
    throw new RuntimeError("unsupported", {
      message: "the kernel's configuration is not known",
      hint: `give its text with the option kconfig; neither /proc/config.gz nor /boot/config-${this.sys.release} can be read`,
    });
  }

  #kallsyms(): ReadonlyMap<string, bigint | typeof ambiguous> {
    this.#symbols ??= parseKallsyms(this.sys.readFile("/proc/kallsyms"));
    return this.#symbols;
  }

  hasSymbol(name: string): boolean {
    return this.#kallsyms().has(name);
  }

  /**
   * The address of a kernel symbol; undefined where there is none. Throws `no-permission` where addresses are hidden, `unresolved-extern`
   * where several symbols have the name.
   */
  symbolAddress(name: string): bigint | undefined {
    const address = this.#kallsyms().get(name);
    if (address === ambiguous) {
      throw new RuntimeError("unresolved-extern", {
        type: name,
        message: `the kernel has several symbols ${name}, and the name does not tell which`,
        hint: `grep -w ${name} /proc/kallsyms lists them; a global symbol, or one with a type in BTF, has a name of its own`,
      });
    }
    if (address !== 0n) return address;
    throw new RuntimeError("no-permission", {
      message: `the address of ${name} is hidden`,
      hint: "run as root, or with kernel.kptr_restrict=0",
    });
  }

  [Symbol.dispose](): void {
    for (const module of this.#modules ?? []) this.sys.close(module.fd);
    this.#modules = null;
  }
}

/** Type information as it is, or that of an ELF file such as vmlinux. */
function contentOf(file: Uint8Array): Uint8Array {
  const isElf = file[0] === 0x7f && file[1] === 0x45;
  return isElf ? (findSection(readElf(file), ".BTF")?.data ?? file) : file;
}

function parseKallsyms(file: Uint8Array | null): ReadonlyMap<string, bigint | typeof ambiguous> {
  const symbols = new Map<string, bigint | typeof ambiguous>();
  if (file === null) return symbols;
  for (const [, address = "0", name = ""] of utf8.decode(file).matchAll(/^([0-9a-f]+) \S (\S+)/gm)) {
    const value = BigInt(`0x${address}`);
    symbols.set(name, (symbols.get(name) ?? value) === value ? value : ambiguous);
  }
  return symbols;
}
