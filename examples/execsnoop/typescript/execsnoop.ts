// execsnoop [PPID]: every program that is executed, or those that the process PPID executes.
import { Event, Execsnoop } from "./generated/execsnoop.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

/** The arguments from a record's bytes: each is ended by a zero byte, where `event.argv` would end as any C string does. */
function argvOf(record: Uint8Array, length: number): string {
  const { offset } = Event.fields.argv;
  return Buffer.from(record.subarray(offset, offset + length))
    .toString()
    .replace(/\0$/, "")
    .replaceAll("\0", " ");
}

try {
  using skel = Execsnoop.open({ rodata: { targetPpid: Number(process.argv[2] ?? 0) } }).load();
  skel.attach();
  console.error("tracing exec, Ctrl-C ends it");
  for await (const batch of skel.maps.events.batches({ signal: stop.signal })) {
    for (const [index, { timestamp, pid, ppid, uid, comm, argvBytes }] of [...batch].entries()) {
      console.log([timestamp, pid, ppid, uid, comm, argvOf(batch.bytesAt(index), argvBytes)].join("\t"));
    }
  }
  for (const [uid, count] of skel.maps.execCounts) console.log(`count\t${uid}\t${count}`);
  console.log(`total\t${skel.bss.total}`);
} catch (error) {
  console.error(`execsnoop: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
