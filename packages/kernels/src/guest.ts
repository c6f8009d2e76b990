import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { guestInit } from "./guest-init.ts";
import { exists, type Kernel } from "./kernel.ts";
import { ending, missing } from "./tools.ts";

export interface GuestResult {
  /** The command's exit code; null where the guest ended without one (a panic, or the time limit). */
  readonly exitCode: number | null;
  /** What the kernel and the command printed; empty where it was passed on. */
  readonly console: string;
  readonly seconds: number;
}

export interface GuestOptions {
  /** A shell script; it sees the host's files (but for /run), and what it writes is thrown away, but for /run/out. */
  readonly command: string;
  /** A folder that the guest writes to as /run/out. */
  readonly output?: string;
  /** Whether the guest's console is passed on as it comes, rather than returned. */
  readonly passOn?: boolean;
  /** 300 by default. */
  readonly timeoutSeconds?: number;
  /** 1536 by default. */
  readonly memoryMegabytes?: number;
}

/** Boots a kernel in QEMU and runs one command on it as root. Throws KernelsError where QEMU or what the initramfs needs is missing. */
export async function runInGuest(kernel: Kernel, options: GuestOptions): Promise<GuestResult> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-guest-"));
  const output = options.output ?? join(scratch, "out");
  const started = performance.now();
  try {
    await mkdir(output, { recursive: true });
    await rm(join(output, "exit-code"), { force: true });
    await writeFile(join(output, "command"), options.command);
    const initramfs = await buildInitramfs(kernel, scratch);
    const words = qemuArguments(kernel, initramfs, output, options.memoryMegabytes ?? 1536);
    const console = options.passOn === true ? "inherit" : "pipe";
    const qemu = execa(emulator, words, {
      ...{ stdin: "ignore", stdout: console, stderr: console, reject: false },
      all: true,
      timeout: (options.timeoutSeconds ?? 300) * 1000,
    });
    const { all } = await ending(emulator, qemu);
    const code = await readFile(join(output, "exit-code"), "utf8").catch(() => null);
    return {
      exitCode: code === null ? null : Number(code),
      console: typeof all === "string" ? all : "",
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function qemuArguments(kernel: Kernel, initramfs: string, output: string, megabytes: number): string[] {
  const share = (path: string, tag: string, more: string) => [
    "-virtfs",
    `local,path=${path.replaceAll(",", ",,")},mount_tag=${tag},security_model=none,multidevs=remap${more}`,
  ];
  return [
    ...["-M", "q35", ...accelerator(), "-cpu", "max", "-smp", "2", "-m", String(megabytes)],
    ...["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"],
    // Kernels with bpf in CONFIG_LSM need no such list; on Debian's, lsm programs attach only with it.
    ...["-kernel", kernel.image, "-initrd", initramfs, "-append", "console=ttyS0 panic=-1 quiet lsm=lockdown,capability,yama,apparmor,bpf"],
    ...share("/", "host", ",readonly=on"),
    ...share(output, "out", ""),
  ];
}

/**
 * Software emulation unless the user asks for KVM, ten times faster: /dev/kvm is also there where it hangs, in some virtual machines.
 * One thread emulates all processors: with one each, programs that write machine code at run time, such as Node, jump to freed code about
 * once in ten starts on a busy host (QEMU 7.2; others saw the same, https://github.com/espressif/qemu/issues/175).
 */
const accelerator = (): string[] => ["-accel", process.env["LBC_KVM"] === "1" ? "kvm" : "tcg,thread=single"];

const emulator = "qemu-system-x86_64";
const busybox = "/bin/busybox";

async function buildInitramfs(kernel: Kernel, scratch: string): Promise<string> {
  const root = join(scratch, "initramfs");
  for (const folder of ["bin", "proc", "sys", "dev", "host", "scratch", "merged"]) await mkdir(join(root, folder), { recursive: true });
  if (!(await exists(busybox))) throw missing("busybox-static");
  await copyFile(busybox, join(root, "bin/busybox"));
  await writeFile(join(root, "init"), guestInit, { mode: 0o755 });
  if (kernel.modules !== null) await cp(kernel.modules, join(root, "lib/modules", kernel.release), { recursive: true });
  if (kernel.config !== null) await cp(kernel.config, join(root, `boot/config-${kernel.release}`));
  const archive = join(scratch, "initramfs.cpio");
  await ending("cpio", execa("sh", ["-c", 'find . | cpio -o -H newc --quiet > "$1"', "sh", archive], { cwd: root }));
  return archive;
}
