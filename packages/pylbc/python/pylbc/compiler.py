"""Skeletons of BPF sources, compiled while a program runs.

The ``lbc`` command compiles and generates: that of ``pip install pylbc[build]``, or
one on PATH. What it made is kept, and made again where the source, a header beside
it, the kernel or pylbc has changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pylbc.__main__ import command as bundled_command
from pylbc.errors import LbcError
from pylbc.skeleton import Skeleton

if TYPE_CHECKING:
    from types import ModuleType

_SUMS = "sources.sha256"
_PATIENCE_SECONDS = 300
# Else one thread would find the module that another is still filling.
_importing = threading.Lock()


def from_source(source: str, name: str = "source") -> type[Skeleton[Any, Any]]:
    """The skeleton class of a BPF source in C, as ``lbc gen`` would make it.

    ::

        with from_source(SOURCE, "hello").open() as skel:
            skel.load().attach()

    Args:
        source: The text; it may include lbc.h and the system's headers.
        name: What the object is called in the kernel and in clang's messages.

    Raises:
        LbcError: ``compile-failed`` with clang's words, or ``no-lbc-command``.

    """
    name = re.sub(r"\W", "_", name)
    # Its path gets into the object, which is to be the same each time.
    file = _cache() / "sources" / _key(name, source) / f"{name}.bpf.c"
    if not file.exists():
        _write(file, source)
    return from_file(file)


def from_file(path: str | os.PathLike[str]) -> type[Skeleton[Any, Any]]:
    """The skeleton class of a file such as ``hello.bpf.c``.

    Raises:
        LbcError: As ``from_source()``.
        FileNotFoundError: Where there is no such file.

    """
    file = Path(path).resolve(strict=True)
    name = file.name.removesuffix(".c").removesuffix(".bpf")
    states = _cache() / _key(name, str(file))
    return _load(_current(states, file.parent) or _make(file, name, states))


def _cache() -> Path:
    """Where the command keeps what it can make again as well."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lbc" / "python"


def _key(*parts: str) -> str:
    """A folder's name by all that decides what a source becomes."""
    system = (version("pylbc"), platform.machine(), platform.release())
    return hashlib.sha256("\0".join((*system, *parts)).encode()).hexdigest()


def _write(file: Path, text: str) -> None:
    """Write a file whole; others may do so at the same time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    Path(scratch).replace(file)


def _make(file: Path, name: str, states: Path) -> Path:
    """Have a package made, and keep it by the state of its sources.

    What is there already stays: another thread or process may be using it.
    """
    states.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=_cache()))
    try:
        _generate(file, name, scratch)
        folder = states / _digest(scratch / _SUMS)[:16]
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _current(states: Path, sources: Path) -> Path | None:
    """The package that was made of the files as they are now."""
    known = states.iterdir() if states.exists() else ()
    return next((folder for folder in known if _is_current(folder, sources)), None)


def _is_current(folder: Path, sources: Path) -> bool:
    """Whether the files that a skeleton was made from are as they were."""
    try:
        for line in (folder / _SUMS).read_text().splitlines():
            digest, _, name = line.partition("  ")
            if _digest(sources / name) != digest:
                return False
    except OSError:
        return False
    return True


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _generate(file: Path, name: str, out: Path) -> None:
    """Have the command make a package of a file, in the folder of which it runs."""
    options = ["--lang", "python", "--name", name, "--sums", str(out / _SUMS)]
    words = [*_command(), "gen", file.name, *options, "--out", str(out)]
    done = subprocess.run(
        words,
        cwd=file.parent,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode < 0:
        message = f"the lbc command was ended by signal {-done.returncode}"
        raise LbcError("compile-failed", message, log=done.stderr)
    if done.returncode != 0:
        words_of_clang = done.stderr.strip()
        message = f"{file.name} does not compile\n{words_of_clang}"
        raise LbcError("compile-failed", message, log=words_of_clang)


def _command() -> list[str]:
    try:
        return bundled_command()
    except FileNotFoundError as missing:
        # Not the script beside this Python: it is what has just been found missing.
        scripts = sysconfig.get_path("scripts")
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        search = os.pathsep.join(each for each in folders if each != scripts)
        found = shutil.which("lbc", path=search)
        if found is None:
            message = "sources are compiled by the lbc command, which is not installed"
            hint = "pip install 'pylbc[build]', or put lbc on PATH"
            raise LbcError("no-lbc-command", message, hint=hint) from missing
        return [found]


def _load(folder: Path) -> type[Skeleton[Any, Any]]:
    """Import the package in a folder, once for each state of its sources."""
    (init,) = folder.glob("*/__init__.py")
    name = f"_pylbc_{folder.parent.name[:16]}_{folder.name}"
    with _importing:
        module = sys.modules.get(name) or _import(name, init)
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Skeleton):
            return value
    message = f"{init} has no skeleton"
    raise LbcError("wrong-object", message, hint=f"remove {folder}")


def _import(name: str, init: Path) -> ModuleType:
    parent = [str(init.parent)]
    spec = importlib.util.spec_from_file_location(
        name,
        init,
        submodule_search_locations=parent,
    )
    if spec is None or spec.loader is None:
        message = f"{init} cannot be imported"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
