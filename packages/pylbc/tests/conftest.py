"""Packages that the tests load: generated from the shared kernel fixtures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
FIXTURES_USED = (
    "arena",
    "attach",
    "emit",
    "externs",
    "helpers",
    "hooks",
    "idioms",
    "kinds",
    "links",
    "maps",
    "operations",
    "refused",
)
FIXTURES = Path(os.environ.get("LBC_FIXTURES", ROOT / ".lbc" / "fixtures"))


def generate(out: Path, bpf_object: Path) -> None:
    """Make a package of an object, as a user would."""
    search = os.pathsep.join([str(ROOT / "node_modules/.bin"), os.environ["PATH"]])
    node = shutil.which("node", path=search)
    assert node is not None, "node is not installed"
    command = [node, ROOT / "packages/cli/bin/lbc.js", "gen", bpf_object]
    environment = {**os.environ, "NODE_OPTIONS": "--conditions=@lbc/source"}
    arguments = ["--lang", "python", "--out", out]
    subprocess.run([*command, *arguments], check=True, env=environment)


def pytest_configure(config: pytest.Config) -> None:
    """Have the packages before the test modules are imported: they import them.

    ``LBC_SKELETONS`` is a folder that has them already, for machines without Node.
    """
    given = os.environ.get("LBC_SKELETONS")
    out = Path(given or Path(config.rootpath) / ".pytest_cache" / "skeletons")
    if given is None:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for name in FIXTURES_USED:
            generate(out, FIXTURES / f"{name}.bpf.o")
    sys.path.insert(0, str(out))


@pytest.fixture(scope="module")
def lbc_command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command of this checkout on PATH, and an empty cache; ``lbc.log`` in it."""
    node = shutil.which("node", path=f"{ROOT}/node_modules/.bin:{os.environ['PATH']}")
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "lbc"
    script = ROOT / "packages/cli/bin/lbc.js"
    command.write_text(f'#!/bin/sh\necho >> "$0.log"\nexec {node} {script} "$@"\n')
    command.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        patch.setenv("NODE_OPTIONS", "--conditions=@lbc/source")
        patch.setattr("pylbc.compiler._cache", lambda: folder / "cache")
        yield folder
