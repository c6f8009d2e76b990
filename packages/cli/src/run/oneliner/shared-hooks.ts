import { unique } from "./columns.ts";
import type { Probe } from "./resolve.ts";

/** One program that is attached in place of many, and calls the one of the system call that it sees. */
export interface SharedHook {
  /** The raw tracepoint of all system calls: `sys_enter` or `sys_exit`, whose record those of the single ones have too. */
  readonly raw: string;
  /** Name of the program. */
  readonly program: string;
  /** The programs of the system calls by their numbers. */
  readonly map: string;
}

/** Of so many the kernel takes a second to let go: each waits alone for all CPUs to have left it. */
const mostOfTheirOwn = 16;
/** Above the numbers of all architectures. */
const mostSyscalls = 1024;

/** System calls whose function has another name than their number. @see arch/x86/entry/syscalls/syscall_64.tbl */
const numberNames: Readonly<Record<string, string>> = {
  newstat: "stat",
  newfstat: "fstat",
  newlstat: "lstat",
  newuname: "uname",
  sendfile64: "sendfile",
  umount: "umount2",
  fadvise64_64: "fadvise64",
};

/** The hooks that many probes of system calls share, by the probe: none where they are few. */
export function sharedHooks(probes: readonly Probe[], taken: Set<string>): ReadonlyMap<Probe, SharedHook> {
  const shared = new Map<Probe, SharedHook>();
  for (const raw of ["sys_enter", "sys_exit"]) {
    const members = probes.filter(({ hook }) => hook.kind === "tracepoint" && isSyscall(hook, raw));
    if (members.length <= mostOfTheirOwn) continue;
    const hook = { raw, program: unique(`on_${raw}`, taken), map: unique(`${raw}_programs`, taken) };
    for (const probe of members) shared.set(probe, hook);
  }
  return shared;
}

const isSyscall = ({ category, name }: { readonly category: string; readonly name: string }, raw: string): boolean =>
  category === "syscalls" && name.startsWith(`${raw}_`);

/** What includes the numbers of system calls; programs whose number is not there keep a hook of their own. */
export const syscallNumbers = `#if (defined(__TARGET_ARCH_x86) || defined(__TARGET_ARCH_arm64)) && __has_include(<asm/unistd.h>)
#include <asm/unistd.h>
#endif`;

/** The macro of a system call's number, by the name of its tracepoint: `__NR_openat`. */
function numberOf(tracepoint: string): string {
  const name = tracepoint.replace(/^sys_(?:enter|exit)_/, "");
  return `__NR_${numberNames[name] ?? name}`;
}

/** `SEC(…)` of a program that is called where its number is known, and attached where it is not. */
export function sharedSection(tracepoint: string): string {
  return `#ifdef ${numberOf(tracepoint)}\nSEC("tracepoint")\n#else\nSEC("tracepoint/syscalls/${tracepoint}")\n#endif`;
}

/** The program that calls the others, by their names and tracepoints. */
export function printShared(
  { raw, program, map }: SharedHook,
  others: readonly { readonly name: string; readonly tracepoint: string }[],
): string {
  const slots = others.map(({ name, tracepoint }) => {
    const number = numberOf(tracepoint);
    return `#ifdef ${number}\n[${number}] = (void *)&${name},\n#endif`;
  });
  return `LBC_PROG_ARRAY(${map}, ${mostSyscalls}) = { .values = {
${slots.join("\n")}
} };

/* Attached once for all of them, as the kernel takes long to let go of hundreds. */
SEC("tracepoint/raw_syscalls/${raw}")
int ${program}(struct trace_event_raw_${raw} *ctx)
{
if (!is_compat())
bpf_tail_call(ctx, &${map}, ctx->id);
return 0;
}`;
}
