import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Kernel } from "./debian.ts";

export interface GuestResult {
  /** The command's exit code; null where the guest ended without one (a panic, or the time limit). */
  readonly exitCode: number | null;
  readonly seconds: number;
}

export interface GuestOptions {
  /** A shell script; it sees the host's files, and what it writes is thrown away, but for /run/out. */
  readonly command: string;
  /** A folder that the guest writes to as /run/out. */
  readonly output?: string;
  readonly timeoutSeconds?: number;
  readonly memoryMegabytes?: number;
}

/** Boots a kernel in QEMU (software emulation), runs one command on it as root, and passes its output on as it comes. */
export async function runInGuest(kernel: Kernel, options: GuestOptions): Promise<GuestResult> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-guest-"));
  const output = options.output ?? join(scratch, "out");
  const started = performance.now();
  try {
    await mkdir(output, { recursive: true });
    await rm(join(output, "exit-code"), { force: true });
    await writeFile(join(output, "command"), options.command);
    const initramfs = await buildInitramfs(kernel, scratch);
    const qemu = execa("qemu-system-x86_64", qemuArguments(kernel, initramfs, output, options.memoryMegabytes ?? 1536), {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      reject: false,
      timeout: (options.timeoutSeconds ?? 300) * 1000,
    });
    await qemu;
    const code = await readFile(join(output, "exit-code"), "utf8").catch(() => null);
    return { exitCode: code === null ? null : Number(code), seconds: (performance.now() - started) / 1000 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function qemuArguments(kernel: Kernel, initramfs: string, output: string, megabytes: number): string[] {
  const share = (path: string, tag: string, more: string) => [
    "-virtfs",
    `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${more}`,
  ];
  return [
    ...["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", String(megabytes)],
    ...["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"],
    ...["-kernel", kernel.image, "-initrd", initramfs, "-append", "console=ttyS0 panic=-1 quiet"],
    ...share("/", "host", ",readonly=on"),
    ...share(output, "out", ""),
  ];
}

async function buildInitramfs(kernel: Kernel, scratch: string): Promise<string> {
  const root = join(scratch, "initramfs");
  for (const folder of ["bin", "modules", "proc", "sys", "dev", "host", "scratch", "merged"])
    await mkdir(join(root, folder), { recursive: true });
  await copyFile("/bin/busybox", join(root, "bin/busybox"));
  await copyFile(fileURLToPath(new URL("guest-init.sh", import.meta.url)), join(root, "init"));
  for (const path of await readdir(kernel.modules, { recursive: true })) {
    if (/\.ko(\.xz|\.zst)?$/.test(path)) await copyFile(join(kernel.modules, path), join(root, "modules", basename(path)));
  }
  const archive = join(scratch, "initramfs.cpio");
  await execa("sh", ["-c", 'chmod 755 init bin/busybox && find . | cpio -o -H newc --quiet > "$1"', "sh", archive], { cwd: root });
  return archive;
}
