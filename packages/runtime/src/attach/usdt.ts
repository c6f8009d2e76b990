import { realpathSync } from "node:fs";
import type { AttachKind } from "@lbc/core/object";
import type { AttachTargets } from "../attach-target.ts";
import { bytesSource, ElfImage } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";
import { hasBpfCookie } from "../kernel/features.ts";
import { parseMaps } from "../symbols/process-maps.ts";
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
  const { sys } = attaching;
  const specs = specsOf(attaching);
  const file = readTarget(sys, path);
  const image = new ElfImage(bytesSource(file.bytes), file.path);
  const addressOf = hasBpfCookie(sys) ? null : addressesInMemory(attaching, image, target?.pid ?? -1);
  using resources = new DisposableStack();
  const ids = new Map<string, number>();
  const links = usdtSites(image, provider, name).map((site) => {
    const id = ids.get(site.arguments) ?? specs.add(parseArguments(site.arguments), target?.cookie ?? 0n);
    if (!ids.has(site.arguments)) resources.defer(() => specs.remove(id));
    ids.set(site.arguments, id);
    if (addressOf !== null) {
      const address = addressOf(site);
      specs.place(address, id);
      resources.defer(() => specs.displace(address));
    }
    const attachment = attachSite(attaching, file.path, site, target?.pid ?? -1, addressOf === null ? BigInt(id) : 0n);
    resources.defer(() => attachment.detach());
    return attachment;
  });
  const all = resources.move();
  return { fd: together(links).fd, detach: () => all.dispose() };
}

function specsOf({ program, usdtSpecs }: Attaching): UsdtSpecs {
  if (usdtSpecs !== null) return usdtSpecs;
  throw new RuntimeError("bad-object", {
    type: program.name,
    message: "the object has no map __bpf_usdt_specs",
    hint: "include <bpf/usdt.bpf.h>, and declare the program with BPF_USDT()",
  });
}

function attachSite(attaching: Attaching, path: string, site: UsdtSite, pid: number, cookie: bigint): Attachment {
  const { type } = probeUnit(attaching.sys, "uprobe", false);
  const attr = { type, config: BigInt(site.semaphore) << semaphoreShift, config1: path, config2: site.offset };
  return attachToPerfEvent(attaching, attr, { pid, cpu: pid === -1 ? 0 : -1 }, `a probe in ${path}`, cookie);
}

/**
 * Where a process has the places in its memory, for kernels before 5.15, whose programs know a place by its address only. Throws
 * RuntimeError `unsupported` where that differs from process to process and none is named, `no-such-target` where it has not mapped the file.
 */
function addressesInMemory({ sys, program }: Attaching, image: ElfImage, pid: number): (site: UsdtSite) => bigint {
  if (!image.movable) return (site) => BigInt(site.address);
  if (pid < 0) {
    throw new RuntimeError("unsupported", {
      type: program.name,
      message: `probes of ${image.file} in every process need cookies of perf events`,
      hint: "give the pid of one process",
      since: "5.15",
    });
  }
  const owner = pid === 0 ? "self" : String(pid);
  const path = mappedPath(image.file, owner);
  const text = new TextDecoder().decode(sys.readFile(`/proc/${owner}/maps`) ?? new Uint8Array());
  const mappings = parseMaps(text).filter((mapping) => mapping.path === path);
  return ({ offset }) => {
    const mapping = mappings.find(({ start, end, offset: first }) => offset >= first && BigInt(offset - first) < end - start);
    if (mapping !== undefined) return mapping.start + BigInt(offset - mapping.offset);
    throw new RuntimeError("no-such-target", { file: image.file, type: program.name, message: `process ${owner} has not mapped the file` });
  };
}

/** As the kernel names the file to the process: without links, and seen from the process's own root. */
function mappedPath(path: string, owner: string): string {
  const root = `/proc/${owner}/root/`;
  if (path.startsWith(root)) return path.slice(root.length - 1);
  try {
    return realpathSync(path);
  } catch (error) {
    throw new RuntimeError("no-such-target", { file: path, message: "it cannot be resolved", cause: error });
  }
}
