import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "@lbc/core";
import { headersFolder } from "./headers-folder.ts";

/** What to do about an error, where lbc knows more than clang says; the first that fits counts. */
const rules: readonly { readonly says: RegExp; readonly hint: (found: RegExpExecArray) => string | undefined }[] = [
  {
    says: /'(?:bpf\/)?(?:bpf_\w+|usdt\.bpf)\.h' file not found/,
    hint: () => "install libbpf's headers: apt-get install libbpf-dev (Debian, Ubuntu), dnf install libbpf-devel (Fedora)",
  },
  {
    says: /'vmlinux\.h' file not found/,
    hint: () => "put vmlinux.h on the include path; lbc build makes it from the kernel's BTF, or from a BTF file: --btf FILE",
  },
  {
    says: /'(lbc\w*\.h)' file not found/,
    hint: () => "put the folder of lbc's headers on the include path, as lbc build does",
  },
  {
    says: /'([^']*\/[^']*\.h)' file not found/,
    hint: ([, header]) =>
      `name its folder with -I; <linux/…> and <sys/…> do not go together with vmlinux.h, which has the kernel's types already (${header})`,
  },
  {
    says: /user_pt_regs|incomplete definition of type 'struct pt_regs'|user_regs_struct|no member named '\w+' in 'struct pt_regs'/,
    hint: () => "the registers of another machine are in the BTF of one of its kernels only: name it with --btf FILE",
  },
  {
    says: /Must specify a BPF target arch via __TARGET_ARCH_xxx/,
    hint: () => "libbpf's headers do not know the machine of --target: install a newer libbpf",
  },
  {
    says: /(?:type specifier missing.*\n.*?\b|undeclared function '|declaration of function ')(LBC_\w+)/,
    hint: ([, name]) => macroHint(name ?? ""),
  },
  {
    says: /use of undeclared identifier '(\w+)'/,
    hint: ([, name]) => constantHint(name ?? ""),
  },
  {
    says: /unknown type name '(\w+)'|(?:incomplete type|incomplete definition of type|forward declaration of) '((?:struct|union|enum) \w+)'/,
    hint: ([, name, tagged]) =>
      `${tagged ?? name} is not defined: declare it before its first use; a type of the kernel is in vmlinux.h only where this kernel has it (another kernel's: --btf FILE)`,
  },
  {
    says: /no member named '(\w+)' in '(struct \w+|union \w+)'/,
    hint: ([, member, type]) =>
      `the kernel whose types this is compiled with has no ${member} in ${type}; for other kernels declare what they have as ${type}___other { … } and test it with bpf_core_field_exists()`,
  },
  {
    says: /redefinition of '(\w+)'/,
    hint: ([, name]) => `each map, global and function has a name of its own: rename one ${name}`,
  },
];

/** What lbc knows about clang's complaints; undefined where they say all there is. */
export function hintFor(diagnostics: string): string | undefined {
  for (const { says, hint } of rules) {
    const found = says.exec(diagnostics);
    const text = found === null ? undefined : hint(found);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The header by topic that has a constant: `#include "lbc_net.h"` for ETH_P_IP. */
function constantHint(name: string): string | undefined {
  const folder = headersFolder();
  const definition = new RegExp(`^#define ${name}\\b`, "m");
  for (const header of readdirSync(folder)) {
    if (!header.endsWith(".h") || header === "lbc.h" || !definition.test(readFileSync(join(folder, header), "utf8"))) continue;
    return `${name} is a macro in the kernel, which vmlinux.h cannot carry: #include "${header}"`;
  }
  return undefined;
}

/** What is like a macro that lbc.h does not have. */
function macroHint(name: string): string | undefined {
  const header = readFileSync(join(headersFolder(), "lbc.h"), "utf8");
  const macros = [...header.matchAll(/^#define (LBC_\w+)\(/gm)].map(([, macro]) => macro ?? "");
  if (macros.includes(name)) return undefined;
  return [`lbc.h has no ${name}()`, didYouMean(name, macros)].filter((words) => words !== null).join(": ");
}
