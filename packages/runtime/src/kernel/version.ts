import type { Sys } from "../sys/sys.ts";

const utf8 = new TextDecoder();

/**
 * The kernel's own version, as `LINUX_VERSION_CODE` counts: (major << 16) + (minor << 8) + patch, patch at most 255. Distributions
 * whose release does not end in the patch level tell it elsewhere: Ubuntu in /proc/version_signature, Debian in /proc/version.
 */
export function kernelVersion(sys: Sys): number {
  const signature = sys.readFile("/proc/version_signature");
  const ubuntu = signature === null ? null : /(\d+)\.(\d+)\.(\d+)\s*$/.exec(utf8.decode(signature));
  const version = sys.readFile("/proc/version");
  // after the number of the build: Debian's compiler, before it, has a version of its own
  const debian = version === null ? null : /#\d+ .*\bDebian (\d+)\.(\d+)\.(\d+)/.exec(utf8.decode(version));
  const found = ubuntu ?? debian;
  return found === null ? releaseVersion(sys.release) : versionOf(found);
}

/** The version in the name of a release: what comes after the minor one may be the distribution's own count. */
export function releaseVersion(release: string): number {
  return versionOf(/^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release) ?? []);
}

function versionOf([, major = "0", minor = "0", patch = "0"]: readonly string[]): number {
  return (Number(major) << 16) + (Number(minor) << 8) + Math.min(Number(patch), 255);
}
