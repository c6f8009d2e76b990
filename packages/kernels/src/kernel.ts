import { access, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { KernelsError } from "./errors.ts";
import { releaseOfImage } from "./image.ts";

/** A kernel that can boot: its image, and the modules that it may need to mount the host's files. */
export interface Kernel {
  /** As `uname -r` tells it. */
  readonly release: string;
  readonly image: string;
  /** The folder that holds `kernel/` and modules.builtin; null where all that is needed is built in. */
  readonly modules: string | null;
  /** What it was built with, which programs with `__kconfig` variables ask for; null where that is not known. */
  readonly config: string | null;
}

/**
 * A kernel that the user brings: a bzImage, with 9p over virtio and overlayfs built in, or as modules in `modules` (a folder such as
 * lib/modules/RELEASE). Throws KernelsError.
 */
export async function ownKernel(image: string, modules?: string): Promise<Kernel> {
  const bytes = await readFile(image).catch((cause: Error) => {
    throw new KernelsError("cannot-read", { file: image, message: `cannot be read: ${cause.message}`, cause });
  });
  if (modules !== undefined && !(await stat(modules).catch(() => null))?.isDirectory())
    throw new KernelsError("cannot-read", { file: modules, message: "is no folder", hint: "name the folder lib/modules/RELEASE" });
  const release = releaseOfImage(bytes);
  if (release === null) throw new KernelsError("no-kernel-image", { file: image, message: "is no bzImage of x86", hint: "name a vmlinuz" });
  return { release, image, modules: modules ?? null, config: null };
}

/** The kernel among the files of its unpacked packages; null where there is none. */
export async function unpackedKernel(folder: string): Promise<Kernel | null> {
  const found = (await exists(folder)) ? await readdir(folder, { recursive: true }) : [];
  // Until 6.12 the image is boot/vmlinuz-RELEASE; since 7.2 it lies beside the modules.
  const image = found.find((path) => /(^boot\/vmlinuz-|\/vmlinuz$)/.test(path));
  if (image === undefined) return null;
  const release = image.startsWith("boot/") ? image.slice("boot/vmlinuz-".length) : basename(dirname(image));
  const modules = ["usr/lib/modules", "lib/modules"].map((path) => join(path, release)).find((path) => found.includes(path));
  const config = found.find((path) => basename(path) === `config-${release}` || path.endsWith(`modules/${release}/config`));
  const inFolder = (path: string | undefined): string | null => (path === undefined ? null : join(folder, path));
  return { release, image: join(folder, image), modules: inFolder(modules), config: inFolder(config) };
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
