"""Sources that are compiled while a program runs, and the names of pylcc."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pylbc import LbcError, TracePipe, compiler, from_file, from_source
from pylbc.pylcc import (
    CeventThread,
    ClbcBase,
    PerfSwIds,
    PerfType,
    getKStacks,
)

# The block of coolbpf's announcement, with programs that a kernel without kprobes has.
SOURCE = r"""
#include "lbc.h"

struct data_t { u32 pid; char comm[16]; };

LBC_PERF_OUTPUT(e_out, struct data_t, 128);
LBC_HASH(pid_cnt, u32, u32, 1024);
LBC_STACK(call_stack, 32);
LBC_ARRAY(slots, u32, u64, 4);
LBC_HIST2(sizes);

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *parent = (struct task_struct *)ctx->args[0];
    struct data_t data = { .pid = _(parent->tgid) };
    u32 id = bpf_get_stackid(ctx, &call_stack, KERN_STACKID_FLAGS);

    bpf_get_current_comm(data.comm, sizeof(data.comm));
    bpf_map_update_elem(&pid_cnt, &data.pid, &id, BPF_ANY);
    bpf_perf_event_output(ctx, &e_out, BPF_F_CURRENT_CPU, &data, sizeof(data));
    return 0;
}

SEC("socket")
int on_packet(struct __sk_buff *skb)
{
    u64 length = skb->len;
    u32 two = 2;

    hist2_push(&sizes, length);
    bpf_map_update_elem(&slots, &two, &length, BPF_ANY);
    bpf_printk("hello lcc, packet: %d\n", skb->len);
    return 0;
}

SEC("perf_event")
int on_tick(struct bpf_perf_event_data *ctx)
{
    u32 zero = 0;
    u64 *ticks = bpf_map_lookup_elem(&slots, &zero);

    if (ticks)
        __sync_fetch_and_add(ticks, 1);
    return 0;
}

char _license[] SEC("license") = "GPL";
"""


pytestmark = pytest.mark.usefixtures("lbc_command")


@pytest.fixture
def runs(lbc_command: Path) -> Any:
    """How often the command has run since the last call."""
    log = lbc_command / "lbc.log"

    def count() -> int:
        lines = len(log.read_text().splitlines()) if log.exists() else 0
        log.write_text("")
        return lines

    count()
    return count


class Fork(ClbcBase):
    def __init__(self) -> None:
        super().__init__("fork", bpf_str=SOURCE)


def fork() -> None:
    subprocess.run(["true"], check=True)


def poll_until(events: Any, done: Callable[[], bool]) -> None:
    """Poll until that is so: what others do on another CPU may come first."""
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        events.perf_buffer_poll(timeout=100)


def test_a_source_is_compiled_once(runs: Any) -> None:
    source = SOURCE + "/* once */\n"
    first = from_source(source, "once")
    assert runs() == 1
    assert from_source(source, "once") is first
    assert runs() == 0
    assert first.__name__ == "Once"
    assert from_source(source + "\n", "once") is not first
    assert runs() == 1


def test_a_file_is_compiled_again_when_it_or_its_header_changes(
    tmp_path: Path,
    runs: Any,
) -> None:
    header = tmp_path / "sizes.h"
    file = tmp_path / "filed.bpf.c"
    header.write_text("#define ENTRIES 16\n")
    text = (
        '#include "lbc.h"\n#include "sizes.h"\nLBC_HASH(counts, u32, u64, ENTRIES);\n'
    )
    file.write_text(text)
    entries = []
    for number in (16, 16, 32):
        header.write_text(f"#define ENTRIES {number}\n")
        with from_file(file).open() as skel:
            entries.append(skel.maps.counts.max_entries)
    assert (entries, runs()) == ([16, 16, 32], 2)
    file.write_text(text + 'char LICENSE[] SEC("license") = "GPL";\n')
    from_file(file)
    assert runs() == 1


def test_threads_and_processes_compile_the_same_source_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SOURCE + "/* at once */\n"
    generate = compiler._generate
    firsts = []

    def slowly(*arguments: Any) -> None:
        monkeypatch.setattr(compiler, "_generate", generate)
        firsts.append(from_source(source, "once"))
        generate(*arguments)

    monkeypatch.setattr(compiler, "_generate", slowly)
    assert from_source(source, "once") is firsts[0]
    firsts[0].open().close()
    with ThreadPoolExecutor(4) as threads:
        names = ["one", "one", "other", "other"]
        others = list(threads.map(from_source, [source] * len(names), names))
    assert len({*others}) == 2
    for other in others:
        other.open().close()


def test_the_object_of_a_source_is_the_same_each_time() -> None:
    source = SOURCE + "/* the same */\n"
    first = from_source(source, "same")
    for packages in compiler._cache().glob("*"):
        shutil.rmtree(packages)
    assert from_source(source, "same") is first
    first.open().close()


def test_a_skeleton_stays_usable_when_its_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "changed.bpf.c"
    text = '#include "lbc.h"\nLBC_ARRAY(slots, u32, u64, %d);\n'
    file.write_text(text % 1)
    before = from_file(file)
    file.write_text(text % 2)
    after = from_file(file)
    with before.open() as small, after.open() as large:
        assert [each.maps.slots.max_entries for each in (small, large)] == [1, 2]


def test_what_does_not_compile_says_where(runs: Any) -> None:
    for _ in range(2):
        with pytest.raises(LbcError, match=r"broken\.bpf\.c:2:\d+: error") as raised:
            from_source("int good;\nint bad = ;\n", "broken")
        assert raised.value.code == "compile-failed"
    assert runs() == 2
    assert list(compiler._cache().glob(".new-*")) == []


def test_without_the_command_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(LbcError) as raised:
        from_source("int nothing;\n", "nothing")
    assert raised.value.code == "no-lbc-command"
    assert "pip install 'pylbc[build]'" in (raised.value.hint or "")


def test_a_command_that_is_killed_says_so(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    command = tmp_path / "lbc"
    command.write_text("#!/bin/sh\nkill -SEGV $$\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(LbcError, match="ended by signal 11") as raised:
        from_source("int killed;\n", "killed")
    assert raised.value.code == "compile-failed"


def test_a_source_that_the_verifier_refuses_tells_its_words() -> None:
    source = '#include "lbc.h"\nSEC("socket") int p(void *c) { while (1); return 0; }\n'
    with (
        from_source(source, "refused").open() as skel,
        pytest.raises(LbcError) as raised,
    ):
        skel.load()
    assert raised.value.code == "verifier-refused"
    assert raised.value.log


def test_events_call_back_with_the_cpu_and_the_event() -> None:
    seen = []
    with Fork() as lbc:
        events = lbc.maps["e_out"]

        def on_event(cpu: int, event: Any) -> None:
            seen.append((cpu, event.pid, event.comm))

        events.open_perf_buffer(on_event)
        fork()
        poll_until(events, lambda: any(pid == os.getpid() for _, pid, _ in seen))
    own = [(cpu, comm) for cpu, pid, comm in seen if pid == os.getpid()]
    assert own
    assert all(cpu in range(os.cpu_count() or 1) and comm for cpu, comm in own)


def test_events_call_back_with_bytes_as_well() -> None:
    seen = []
    with Fork() as lbc:
        events = lbc.maps["e_out"]

        def on_event(cpu: int, data: bytes, size: int) -> None:
            assert cpu >= 0
            assert len(data) <= size
            assert lbc.getMap("e_out", data, size) == events.event(data)
            seen.append(events.event(data).pid)

        events.open_perf_buffer(on_event)
        fork()
        poll_until(events, lambda: os.getpid() in seen)
    assert os.getpid() in seen


def test_events_need_a_callback() -> None:
    with Fork() as lbc, pytest.raises(LbcError) as raised:
        lbc.maps["e_out"].perf_buffer_poll()
    assert raised.value.code == "no-callback"


def test_a_thread_calls_back_until_it_is_stopped() -> None:
    seen = threading.Event()
    with Fork() as lbc:
        thread = CeventThread(lbc, "e_out", lambda _cpu, _event: seen.set())
        fork()
        assert seen.wait(timeout=5)
        thread.stop()
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_tables_have_the_old_names_and_the_new() -> None:
    with Fork() as lbc:
        fork()
        counts = lbc.maps.pid_cnt
        stack_id = counts.getKeyValue(os.getpid())
        assert counts.get() == dict(counts.items())
        assert counts.getKeys() == list(counts)
        assert counts[os.getpid()] == stack_id
        lbc.skel.detach()
        assert os.getpid() in counts.getThenClear()
        assert counts.get() == counts.drain() == {}

        stacks = lbc.maps["call_stack"]
        assert stacks.getArr(stack_id) == stacks.lookup(stack_id)
        names = stacks.getStacks(stack_id)
        assert any("clone" in name or "fork" in name for name in names)
        assert getKStacks(stacks, stack_id, depth=2) == names[:2]
        assert getKStacks(stacks, -14) == []


def test_histograms_and_arrays_have_the_old_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Fork() as lbc:
        lbc.skel.programs.on_packet.test_run(bytes(14 + 100))
        assert lbc.maps["slots"].get(6) == [0, 0, 100, 0, None, None]
        assert lbc.maps.sizes.get()[6] == 1
        lbc.maps.sizes.showHist("sizes of packets")
        heading, _, *rows = capsys.readouterr().out.splitlines()
        assert heading == "sizes of packets"
        assert rows[-1].split()[:5] == ["64", "->", "127", ":", "1"]
        lbc.maps.sizes.showHist("others", [1])
        assert "0 -> 1" in capsys.readouterr().out


def test_programs_attach_by_name_at_run_time() -> None:
    lbc = ClbcBase("unattached", bpf_str=SOURCE, attach=0)
    with lbc:
        assert lbc.skel.links == []
        lbc.attachRawTracepoint("on_fork", b"sched_process_fork")
        every_millisecond = {
            "type": PerfType.SOFTWARE,
            "config": PerfSwIds.CPU_CLOCK,
            "freq": 1,
            "sample_freq": 1000,
        }
        lbc.attachAllCpuPerf("on_tick", every_millisecond)
        end = time.monotonic() + 10
        while lbc.maps.slots.get(1)[0] == 0:
            assert time.monotonic() < end
            sum(range(1_000_000))
        fork()
        assert os.getpid() in lbc.maps.pid_cnt
        with pytest.raises(LbcError):
            lbc.attachTracepoint("on_fork", "sched", "sched_process_fork")
        with pytest.raises(KeyError):
            lbc.attachXdp("no_such_program", socket.if_nametoindex("lo"))


def test_a_file_of_the_working_folder_is_found_by_its_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "filed.bpf.c").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    for name in ("filed", "filed.bpf.c"):
        with ClbcBase(name) as lbc:
            assert {*lbc.maps} >= {"e_out", "pid_cnt"}
    with pytest.raises(FileNotFoundError):
        ClbcBase("missing", workPath=str(tmp_path))
    with pytest.raises(LbcError) as raised:
        ClbcBase("filed", env="-DX")
    assert raised.value.code == "unsupported"


def test_printed_lines_are_in_the_trace_pipe() -> None:
    with TracePipe() as lines, Fork() as lbc:
        end = time.monotonic() + 30
        line: str | None = None
        # Other tests of this machine may print as well, or take the line away.
        while line is None or not line.endswith("hello lcc, packet: 79"):
            assert time.monotonic() < end
            if line is None:
                lbc.skel.programs.on_packet.test_run(bytes(14 + 79))
            line = lines.read(timeout=0.1)


def test_ctrl_c_ends_the_wait() -> None:
    with Fork() as lbc:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        lbc.waitInterrupt()
