// A program with its BPF part as a text: the first event of its child ends it.
import { spawn } from "node:child_process";
import { fromSource } from "@lbc/build/source";

const source = `
#include "lbc.h"

struct event { u32 pid; char comm[16]; };
LBC_RINGBUF(events, struct event, 256 * 1024);

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct event event = { .pid = task->tgid };

	bpf_get_current_comm(event.comm, sizeof(event.comm));
	LBC_OUTPUT(events, &event);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

const { Hello } = await fromSource(source, "hello");
using skel = Hello.open().load();
skel.attach();
const child = spawn("true");
for await (const event of skel.maps.events) {
  if (event.pid !== child.pid) continue;
  console.log("hello,", event.comm);
  break;
}
