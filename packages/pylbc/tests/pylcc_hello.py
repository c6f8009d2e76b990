"""The program of coolbpf's announcement; of it, the import line alone is another."""

import time

from pylbc.pylcc import ClbcBase

SOURCE = r"""
#include "lbc.h"

SEC("kprobe/wake_up_new_task")
int j_wake_up_new_task(struct pt_regs *ctx)
{
    struct task_struct *parent = (struct task_struct *)PT_REGS_PARM1(ctx);

    bpf_printk("hello lcc, parent: %d\n", _(parent->tgid));
    return 0;
}

char _license[] SEC("license") = "GPL";
"""


class Hello(ClbcBase):
    def __init__(self):
        super().__init__("hello", bpf_str=SOURCE)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    Hello()
