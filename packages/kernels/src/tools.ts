import { KernelsError } from "./errors.ts";

/** The Debian package of each program that is run here. */
const packages: Readonly<Record<string, string>> = {
  "apt-cache": "apt",
  "apt-get": "apt",
  cpio: "cpio",
  depmod: "kmod",
  lz4: "lz4",
  "qemu-system-x86_64": "qemu-system-x86",
  tar: "tar",
  xz: "xz-utils",
};

/** What a program that was started ends with. Throws KernelsError `tool-not-found`, naming its package, where there is none. */
export async function ending<Result extends object>(program: string, started: PromiseLike<Result>): Promise<Result> {
  const isMissing = (result: unknown) => (result as { readonly code?: string }).code === "ENOENT";
  try {
    const result = await started;
    if (!isMissing(result)) return result;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw missing(program);
}

/** The error for a program that is not there. */
export function missing(program: string): KernelsError {
  const name = packages[program] ?? program;
  return new KernelsError("tool-not-found", { message: `${program} is not installed`, hint: `apt-get install ${name}` });
}
