/** Kernels' BTF and the header made of it: cheap to import, for a command that prints it. */
export { btfIn } from "./btf-file.ts";
export { BuildError } from "./errors.ts";
export { readInput, refuseInput, writeOutput } from "./files.ts";
export { runningKernel, vmlinuxFolder } from "./vmlinux.ts";
