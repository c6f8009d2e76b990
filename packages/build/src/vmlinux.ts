import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { readBtf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import { BuildError } from "./errors.ts";

/** BTF of the running kernel. @see https://docs.kernel.org/bpf/btf.html */
const runningKernel = "/sys/kernel/btf/vmlinux";

/**
 * A folder that holds the vmlinux.h of a kernel's BTF, for clang's include path; made once for each content and kept in the
 * user's cache. Throws BuildError `vmlinux-unavailable`.
 */
export async function vmlinuxFolder(btf: string = runningKernel): Promise<string> {
  const bytes = await readFile(btf).catch((cause) => {
    throw new BuildError("vmlinux-unavailable", {
      file: btf,
      message: "cannot read the kernel's BTF",
      hint: "the kernel needs CONFIG_DEBUG_INFO_BTF; or name a BTF file",
      cause,
    });
  });
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "lbc", "vmlinux", createHash("sha256").update(bytes).digest("hex").slice(0, 16));
  const header = join(folder, "vmlinux.h");
  if (
    await access(header).then(
      () => true,
      () => false,
    )
  )
    return folder;
  await mkdir(folder, { recursive: true });
  const staging = `${header}.${process.pid}`;
  await writeFile(staging, printC(readBtf(bytes)));
  await rename(staging, header);
  return folder;
}
