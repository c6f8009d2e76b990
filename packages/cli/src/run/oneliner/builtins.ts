import type { Hook } from "./hooks.ts";
import type { Parameter } from "./prototype.ts";

/** A C type that stands around the name it declares. */
export interface CType {
  declare(name: string): string;
  readonly isArray: boolean;
  readonly isStruct?: boolean;
}

export const scalar = (type: string): CType => ({ declare: (name) => `${type} ${name}`, isArray: false });
export const chars = (length: number): CType => ({ declare: (name) => `char ${name}[${length}]`, isArray: true });

/** A number of the stack map; `lbc run` prints what is behind it. */
export const stackType = "stack_id";

/** A variable that a clause may use without declaring it. */
export interface Builtin {
  /** Null where only the compiler knows it. */
  readonly type: CType | null;
  /** C that declares it at the start of the program. */
  readonly declaration: string;
  /** For people: what it is. */
  readonly about: string;
}

const builtin = (type: CType | null, declaration: string, about: string): Builtin => ({ type, declaration, about });
const value = (name: string, type: string, expression: string, about: string): Builtin =>
  builtin(scalar(type), `${type} ${name} = ${expression};`, about);
const stack = (name: string, flags: string, about: string): Builtin =>
  builtin(scalar(stackType), `${stackType} ${name} = bpf_get_stackid(ctx, &stacks, ${flags});`, about);

/** Those of every hook, by name. */
export const builtins: Readonly<Record<string, Builtin>> = {
  pid: value("pid", "u32", "bpf_get_current_pid_tgid() >> 32", "the process (the kernel's tgid)"),
  tid: value("tid", "u32", "bpf_get_current_pid_tgid()", "the thread (the kernel's pid)"),
  uid: value("uid", "u32", "bpf_get_current_uid_gid()", "the user"),
  gid: value("gid", "u32", "bpf_get_current_uid_gid() >> 32", "the group"),
  comm: builtin(chars(16), "char comm[16];\nbpf_get_current_comm(comm, sizeof(comm));", "the thread's name"),
  cpu: value("cpu", "u32", "bpf_get_smp_processor_id()", "the CPU"),
  nsecs: value("nsecs", "u64", "bpf_ktime_get_ns()", "nanoseconds since the machine started"),
  cgroup: value("cgroup", "u64", "bpf_get_current_cgroup_id()", "the number of the cgroup"),
  task: builtin(
    scalar("struct task_struct *"),
    "struct task_struct *task = bpf_get_current_task_btf();",
    "the thread's struct task_struct, whose members can be read directly; Linux 5.11",
  ),
  kstack: stack("kstack", "KERN_STACKID_FLAGS", "the kernel's stack"),
  ustack: stack("ustack", "USER_STACKID_FLAGS", "the process's stack"),
};

/** Arguments that reach a function in registers: PT_REGS_PARM1 to 6. */
const registerArguments = 6;

/** Those of one hook: the arguments and the result of functions, and the hook's own name. */
export function hookBuiltins(hook: Hook, name: string, nameSize: number, parameters: readonly Parameter[]): Record<string, Builtin> {
  const probe = builtin(
    chars(nameSize),
    `static const char probe[${nameSize}] = ${cString(name)};`,
    "the hook, such as tracepoint:sched:sched_switch",
  );
  switch (hook.kind) {
    case "kprobe":
    case "uprobe":
      if (hook.return) return { probe, retval: value("retval", "s64", "PT_REGS_RC(ctx)", "what the function gives") };
      return { probe, ...registers() };
    case "tp_btf":
    case "trampoline":
      return { probe, ...byPosition(parameters) };
    default:
      return { probe };
  }
}

function registers(): Record<string, Builtin> {
  const indices = Array.from({ length: registerArguments }, (_, index) => index);
  return Object.fromEntries(
    indices.map((index) => [`arg${index}`, value(`arg${index}`, "u64", `PT_REGS_PARM${index + 1}(ctx)`, "an argument")]),
  );
}

/** `arg0` for the first parameter, whatever it is called. */
function byPosition(parameters: readonly Parameter[]): Record<string, Builtin> {
  return Object.fromEntries(
    parameters.flatMap(({ identifier }, index) => {
      const name = `arg${index}`;
      return identifier === name ? [] : [[name, builtin(null, `__auto_type ${name} = ${identifier};`, "an argument")]];
    }),
  );
}

/** A string literal of C. */
export function cString(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
