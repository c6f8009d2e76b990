"""A program as users of pylcc write it: the BPF part is a text, and the first event of its child ends it."""

import subprocess

from pylbc.pylcc import ClbcBase

SOURCE = r"""
#include "lbc.h"

struct data_t {
    u32 pid;
    char comm[16];
};
LBC_PERF_OUTPUT(e_out, struct data_t, 128);

SEC("raw_tracepoint/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx->args[0];
    struct data_t data = {};

    data.pid = _(task->tgid);
    bpf_get_current_comm(&data.comm, sizeof(data.comm));
    bpf_perf_event_output(ctx, &e_out, BPF_F_CURRENT_CPU, &data, sizeof(data));
    return 0;
}

char _license[] SEC("license") = "GPL";
"""


class Hello(ClbcBase):
    def __init__(self):
        super().__init__("hello", bpf_str=SOURCE)
        self.child = subprocess.Popen(["true"])
        self.maps["e_out"].open_perf_buffer(self.on_event)
        self.maps["e_out"].perf_buffer_poll()

    def on_event(self, cpu, event):
        if event.pid == self.child.pid:
            print("hello,", event.comm)
            self.maps["e_out"].stop()


if __name__ == "__main__":
    Hello().child.wait()
