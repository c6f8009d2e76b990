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
from contextlib import suppress
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
    folder = _cache() / _key(name, source)
    if not folder.exists():
        scratch = _scratch(folder)
        try:
            (scratch / f"{name}.bpf.c").write_text(source)
            _generate(scratch, name, scratch)
            _keep(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return _load(folder)


def from_file(path: str | os.PathLike[str]) -> type[Skeleton[Any, Any]]:
    """The skeleton class of a file such as ``hello.bpf.c``.

    Raises:
        LbcError: As ``from_source()``.
        FileNotFoundError: Where there is no such file.

    """
    file = Path(path).resolve(strict=True)
    name = file.name.removesuffix(".c").removesuffix(".bpf")
    folder = _cache() / _key(name, str(file))
    if not _is_current(folder, file.parent):
        scratch = _scratch(folder)
        try:
            _generate(file.parent, name, scratch, file.name)
            _keep(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return _load(folder)


def _cache() -> Path:
    """Where the command keeps what it can make again as well."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lbc" / "python"


def _key(*parts: str) -> str:
    """A folder's name by all that decides what a source becomes."""
    system = (version("pylbc"), platform.machine(), platform.release())
    return hashlib.sha256("\0".join((*system, *parts)).encode()).hexdigest()


def _scratch(folder: Path) -> Path:
    """A folder of one's own, beside the one that it becomes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))


def _keep(scratch: Path, folder: Path) -> None:
    """Put what was made in its place, as a whole; another process may do the same."""
    old = scratch.with_suffix(".old")
    with suppress(FileNotFoundError):
        folder.rename(old)
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    shutil.rmtree(old, ignore_errors=True)


def _is_current(folder: Path, sources: Path) -> bool:
    """Whether the files that a skeleton was made from are as they were."""
    try:
        for line in (folder / _SUMS).read_text().splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256((sources / name).read_bytes()).hexdigest() != digest:
                return False
    except FileNotFoundError:
        return False
    return True


def _generate(folder: Path, name: str, out: Path, file: str | None = None) -> None:
    """Have the command make a package of a file in ``folder``."""
    file = file or f"{name}.bpf.c"
    options = ["--lang", "python", "--name", name, "--sums", str(out / _SUMS)]
    words = [*_command(), "gen", file, *options, "--out", str(out)]
    done = subprocess.run(
        words,
        cwd=folder,
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
        message = f"{file} does not compile\n{words_of_clang}"
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
    state = hashlib.sha256((folder / _SUMS).read_bytes()).hexdigest()[:16]
    name = f"_pylbc_{folder.name[:16]}_{state}"
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
