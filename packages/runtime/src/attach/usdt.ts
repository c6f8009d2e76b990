import type { AttachKind } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { bytesSource, ElfImage } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";
import { hasBpfCookie } from "../kernel/features.ts";
import { type Attaching, targetMissing } from "./attach.ts";
import { probeUnit } from "./kprobe.ts";
import { type Attachment, together } from "./link.ts";
import { attachToPerfEvent } from "./perf.ts";
import { readTarget } from "./uprobe.ts";
import { parseArguments } from "./usdt-arguments.ts";
import { type UsdtSite, usdtSites } from "./usdt-notes.ts";
import type { UsdtSpecs } from "./usdt-specs.ts";

/** Where the perf event takes the offset of the counter: the upper half of `config`. */
const semaphoreShift = 32n;

/** One probe at every place that bears the name; programs read arguments by the number of their specification, which is the cookie. */
export function attachUsdt(
  attaching: Attaching,
  declared: Extract<AttachKind, { readonly kind: "usdt" }>,
  target: AttachTargets["usdt"] | undefined,
): Attachment {
  const path = target?.path ?? declared.path;
  const provider = target?.provider ?? declared.provider;
  const name = target?.name ?? declared.name;
  if (path === null || provider === null || name === null) {
    throw targetMissing(attaching.program, '{ path: "libc.so.6", provider: "libc", name: "setjmp" }');
  }
  const specs = specsOf(attaching);
  const file = readTarget(attaching.sys, path);
  const sites = usdtSites(new ElfImage(bytesSource(file.bytes), file.path), provider, name);
  const attached: Attachment[] = [];
  try {
    for (const site of sites) attached.push(attachSite(attaching, specs, file.path, site, target ?? {}));
  } catch (error) {
    together(attached).detach();
    throw error;
  }
  return together(attached);
}

function specsOf({ sys, program, usdtSpecs }: Attaching): UsdtSpecs {
  if (usdtSpecs === null) {
    throw new RuntimeError("bad-object", {
      type: program.name,
      message: "the object has no map __bpf_usdt_specs",
      hint: "include <bpf/usdt.bpf.h>, and declare the program with BPF_USDT()",
    });
  }
  if (hasBpfCookie(sys)) return usdtSpecs;
  throw new RuntimeError("unsupported", { type: program.name, message: "USDT probes need cookies of perf events", since: "5.15" });
}

function attachSite(attaching: Attaching, specs: UsdtSpecs, path: string, site: UsdtSite, target: AttachTargets["usdt"]): Attachment {
  const id = specs.add(parseArguments(site.arguments), target.cookie ?? 0n);
  const { type } = probeUnit(attaching.sys, "uprobe", false);
  const pid = target.pid ?? -1;
  const attr = { type, config: BigInt(site.semaphore) << semaphoreShift, config1: path, config2: site.offset };
  try {
    const attachment = attachToPerfEvent(attaching, attr, { pid, cpu: pid === -1 ? 0 : -1 }, `a probe in ${path}`, BigInt(id));
    return {
      fd: attachment.fd,
      detach: () => {
        attachment.detach();
        specs.remove(id);
      },
    };
  } catch (error) {
    specs.remove(id);
    throw error;
  }
}
