import { cp, mkdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";

/** The environment that a container starts with, and an ENV builds on. */
export const containerEnv: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
};

/** What a process in the root has of the machine, as in a container: its own mounts, which end with it. */
const enter = `
mount -t proc proc "$ROOT/proc"
mount --rbind --make-rslave /sys "$ROOT/sys"
mount --rbind --make-rslave /dev "$ROOT/dev"
exec env -i -- "$@"`;

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs; made where it is missing. */
  readonly folder: string;
  /** User and group by number; root unless told. */
  readonly user?: number;
}

/** A Debian root in a folder of its own. */
export class CleanRoot {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A new one: debootstrap's minimal variant, of which one copy a suite is kept in `cache` for the next time. */
  static async make(suite: string, cache: string, folder: string): Promise<CleanRoot> {
    const base = join(cache, suite);
    await mkdir(cache, { recursive: true });
    if ((await stat(base).catch(() => null)) === null) {
      const unfinished = `${base}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      // In a mount namespace of its own, so that what it mounts below the folder is gone even where it is ended.
      const command = ["--mount", "debootstrap", "--variant=minbase", suite, unfinished];
      await execa("unshare", command, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      await execa("mv", [unfinished, base]);
    }
    await rm(folder, { recursive: true, force: true });
    await execa("cp", ["-a", "--reflink=auto", base, folder]);
    await cp("/etc/resolv.conf", join(folder, "etc/resolv.conf"));
    return new CleanRoot(folder);
  }

  /** Copies a file or folder of this machine into the root. */
  async take(from: string, folder: string): Promise<void> {
    await cp(from, join(this.folder, folder, basename(from)), { recursive: true });
  }

  /** Runs a program in the root. Throws ExecaError where it fails. */
  async run(command: readonly string[], { env, folder, user = 0 }: RunOptions): Promise<string> {
    await mkdir(join(this.folder, folder), { recursive: true });
    const variables = Object.entries({ ...containerEnv, ...env }).map(([name, value]) => `${name}=${value}`);
    // The PATH of the root finds the program, not that of this machine.
    const inside = [
      "/usr/sbin/chroot",
      `--userspec=${user}:${user}`,
      this.folder,
      "/bin/sh",
      "-c",
      'cd "$0" && exec "$@"',
      folder,
      ...command,
    ];
    const { stdout } = await execa("unshare", ["--mount", "sh", "-euc", enter, "sh", ...variables, ...inside], {
      stdin: "ignore",
      env: { ROOT: this.folder },
    });
    return stdout;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
