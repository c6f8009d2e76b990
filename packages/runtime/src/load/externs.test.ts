import { BtfBuilder, readBtf } from "@lbc/core/btf";
import type { ElfSymbol } from "@lbc/core/elf";
import type { BpfObject, Extern } from "@lbc/core/object";
import { expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { Kernel } from "../kernel/kernel.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { Code, pseudo } from "./code.ts";
import { resolveExterns } from "./externs.ts";
import { SymbolTargets } from "./symbol-targets.ts";

const ENOENT = -2;
const moduleId = 7;
const symbolDefaults = { index: 1, value: 0, size: 0, type: "notype", binding: "weak", visibility: "default", sectionIndex: 0 } as const;

/** `void NAME(void)`. */
function addFunction(types: BtfBuilder, name: string): number {
  const prototype = types.add({ kind: "function-prototype", name: "", result: 0, parameters: [] });
  return types.add({ kind: "function", name, type: prototype, linkage: "global" });
}

const kernelTypes = new BtfBuilder();
const inKernel = addFunction(kernelTypes, "in_kernel");
const vmlinux = kernelTypes.build();
const moduleTypes = new BtfBuilder(readBtf(vmlinux));
const inModule = addFunction(moduleTypes, "in_module");

/** A kernel with one module. */
const sys = new FakeSys({
  files: {
    "/sys/kernel/btf/vmlinux": vmlinux,
    "/sys/kernel/btf/driver": moduleTypes.build(),
    "/proc/kallsyms": "ffffffff81000010 t helper\nffffffff81000020 t helper\n",
  },
  bpf: (asked, attr, system) => {
    if (asked === command.btfNextId) {
      if (attr.getUint32(0, true) >= moduleId) return ENOENT;
      attr.setUint32(4, moduleId, true);
      return 0;
    }
    if (asked !== command.objectInfo) return undefined;
    const info = system.at(attr.getBigUint64(8, true));
    const view = new DataView(info.buffer, info.byteOffset);
    view.setUint32(28, 1, true);
    system.at(view.getBigUint64(16, true)).set(new TextEncoder().encode("driver\0"));
    return 0;
  },
});

function resolve(...externs: readonly Pick<Extern, "name" | "kind">[]) {
  const types = new BtfBuilder();
  const prototype = types.add({ kind: "function-prototype", name: "", result: 0, parameters: [] });
  const declared = externs.map(({ name, kind }) => ({ name, kind, type: kind === "kfunc" ? prototype : null, weak: true, offset: null }));
  const object = { btf: readBtf(types.build()), externs: declared, data: [], maps: [] } as unknown as BpfObject;
  return { object, resolved: resolveExterns(object, new Kernel(sys)) };
}

function symbol(name: string): ElfSymbol {
  return { ...symbolDefaults, name };
}

test("the address of a kernel function is that of its type, and of the module's types where it is a module's", () => {
  const { object, resolved } = resolve({ name: "in_kernel", kind: "kfunc" }, { name: "in_module", kind: "kfunc" });
  const moduleFd = resolved.fds[1] ?? 0;
  expect(moduleFd).toBeGreaterThan(0);
  const targets = new SymbolTargets(object, { mapFds: new Map(), dataFds: new Map(), externs: resolved.byName });
  const words = ["in_kernel", "in_module"].map((name) => {
    const code = new Code(Uint8Array.of(0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "little");
    targets.patchAddress(symbol(name), code, 0);
    return { source: code.source(0), id: code.immediate(0), fd: code.immediate(1) };
  });
  expect(words).toEqual([
    { source: pseudo.btfId, id: inKernel, fd: 0 },
    { source: pseudo.btfId, id: inModule, fd: moduleFd },
  ]);
});

test("a symbol whose name several have is refused, also where it is weak, and is no matter to objects that do not name it", () => {
  expect(() => resolve({ name: "helper", kind: "ksym" })).toThrow(expect.objectContaining({ code: "unresolved-extern" }));
  const { resolved } = resolve({ name: "none", kind: "ksym" });
  expect(resolved.byName.get("none")).toEqual({ kind: "address", value: 0n });
});
