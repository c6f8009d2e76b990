"""profile [PID]: the stacks that CPUs run, all or those of PID, folded."""

import contextlib
import signal
import sys

from pylbc import Frame, LbcError, Symbolizer

from generated.profile import Profile


def folded(frames: list[Frame]) -> list[str]:
    """Name the functions of a stack from the outside in."""
    return [frame.function or "[unknown]" for frame in reversed(frames)]


def sample(pid: int) -> None:
    """Sample until Ctrl-C, then print each stack with its count."""
    symbols = Symbolizer()
    with Profile.open() as skel:
        skel.rodata.target_pid = pid
        skel.load().programs.on_clock.attach_at_frequency(99)
        print("tracing 99 times a second, Ctrl-C ends it", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        stacks = skel.maps.stacks
        for key, count in skel.maps.counts.items():
            names = [key.comm]
            if key.user_stack >= 0:
                names += folded(symbols.process(key.pid, stacks[key.user_stack]))
            if key.kernel_stack >= 0:
                names += folded(symbols.kernel(stacks[key.kernel_stack]))
            print(";".join(names), count)


if __name__ == "__main__":
    try:
        sample(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except (LbcError, ValueError, OverflowError) as error:
        sys.exit(f"profile: {error}")
