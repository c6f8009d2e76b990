/** Kernels of Debian, or the user's own, in QEMU: to fetch them, and to run commands on them. */
export { fetchKernel, fetchKernelBtf, kernels } from "./debian.ts";
export { KernelsError, type KernelsErrorCode } from "./errors.ts";
export { type GuestOptions, type GuestResult, runInGuest } from "./guest.ts";
export { type Kernel, ownKernel } from "./kernel.ts";
