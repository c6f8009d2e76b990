// opensnoop [PID]: every file that is opened, or those that the process PID opens.
import { Opensnoop } from "./generated/opensnoop.ts";

using skel = Opensnoop.open({ rodata: { targetPid: Number(process.argv[2] ?? 0) } }).load();
skel.attach();
const line = (pid: unknown, comm: string, result: unknown, path: string): string =>
  `${String(pid).padEnd(8)}${comm.padEnd(17)}${String(result).padStart(6)} ${path}`;

console.log(line("PID", "COMM", "RESULT", "PATH"));
for await (const { pid, comm, result, path } of skel.maps.events) console.log(line(pid, comm, result, path));
