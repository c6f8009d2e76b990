/** Where the kernel's BTF and the header made of it are: without a reader of either, for a command that mostly prints a header it has. */
export { BuildError } from "./errors.ts";
export { readInput, refuseInput, writeOutput } from "./files.ts";
export { runningKernel, vmlinuxFolder } from "./vmlinux.ts";
