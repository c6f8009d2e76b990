"""The program of coolbpf's announcement on a kernel that has kprobes.

It needs the ``lbc`` command on PATH, and clang, which compile its source.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from pylbc import TracePipe

HELLO = Path(__file__).with_name("pylcc_hello.py")
# Compiling takes a while where a processor is emulated.
PATIENCE_SECONDS = 300
# Node crashes about once in six runs under emulation, and there only.
TRIES = 3
CRASH = f"signal {signal.SIGSEGV:d}"


def greeting(lines: TracePipe, hello: subprocess.Popen[str]) -> str | None:
    """What it prints when a process is made."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and hello.poll() is None:
        made = subprocess.Popen(["true"])
        made.wait()
        while (line := lines.read(timeout=0.5)) is not None:
            if line.endswith(f"hello lcc, parent: {made.pid}"):
                return line
    return None


def run(lines: TracePipe) -> tuple[str | None, int, str]:
    """Start it, make processes until it greets one, and end it as Ctrl-C does."""
    words = [sys.executable, str(HELLO)]
    hello = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        line = greeting(lines, hello)
    finally:
        hello.send_signal(signal.SIGINT)
    _, errors = hello.communicate(timeout=PATIENCE_SECONDS)
    return line, hello.returncode, errors


def main() -> None:
    """See it greet a process."""
    with TracePipe() as lines:
        for _ in range(TRIES):
            line, code, errors = run(lines)
            if line is not None or CRASH not in errors:
                break
            print(errors)
    assert line is not None, errors
    assert code == -signal.SIGINT, (code, errors)
    print(f"pylbc: {line}")


if __name__ == "__main__":
    main()
