import { constants } from "node:os";
import { RuntimeError, type RuntimeErrorCode, type RuntimeErrorDetails } from "../errors.ts";

/** Of two names for one number the first: EAGAIN, not EWOULDBLOCK. */
const names = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, value]) => [value, name]),
);
/** Linux's own, which Node does not name. @see include/linux/errno.h */
const ENOTSUPP = 524;
names.set(ENOTSUPP, "ENOTSUPP");

/** `EPERM` for -1 or 1. */
export function errnoName(result: number): string {
  return names.get(Math.abs(result)) ?? `errno ${Math.abs(result)}`;
}

/** errno values that the runtime acts on. */
export const errno = {
  EPERM: constants.errno.EPERM,
  ENOENT: constants.errno.ENOENT,
  EBADF: constants.errno.EBADF,
  E2BIG: constants.errno.E2BIG,
  EBUSY: constants.errno.EBUSY,
  EEXIST: constants.errno.EEXIST,
  EINVAL: constants.errno.EINVAL,
  ENOSPC: constants.errno.ENOSPC,
  EACCES: constants.errno.EACCES,
  EAGAIN: constants.errno.EAGAIN,
  EOPNOTSUPP: constants.errno.EOPNOTSUPP,
  EINTR: constants.errno.EINTR,
  ENOTSUPP,
} as const;

/** What may help somebody who is root already, and was refused all the same. */
export function permissionHint(isRoot: boolean): string {
  if (!isRoot) return "run as root, or with CAP_BPF and CAP_PERFMON (CAP_NET_ADMIN for network programs)";
  return (
    "root is refused where a capability was dropped (CapEff in /proc/self/status: CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN), " +
    "by kernel lockdown (/sys/kernel/security/lockdown), by a security module, and by some hypervisors and containers"
  );
}

/** An error for a system call's negative result; no permission is a code of its own, whatever was being done. */
export function systemError(result: number, code: RuntimeErrorCode, what: string, details: RuntimeErrorDetails = {}): RuntimeError {
  const name = errnoName(result);
  if (-result === errno.EPERM) {
    return new RuntimeError("no-permission", {
      hint: permissionHint(process.geteuid?.() === 0),
      ...details,
      message: `${what}: not permitted (EPERM)`,
      errno: name,
    });
  }
  return new RuntimeError(code, { ...details, message: `${what}: ${name}`, errno: name });
}
