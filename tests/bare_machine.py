"""A machine that lacks something: commands with folders of the system hidden from them, and from nobody else."""

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.server import ROOT


@cache
def _refusal() -> str:
    """Why this machine gives nobody mounts of their own; empty if it does."""
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True
    )
    return tried.stderr.strip() or ("" if tried.returncode == 0 else "unshare failed")


def need_own_mounts() -> None:
    """Skip the test where mounts of one's own are not permitted (they need root)."""
    if _refusal():
        pytest.skip(f"no mounts of one's own here: {_refusal()}")


def with_mounts(mounts: Sequence[str], command: Sequence[str]) -> list[str]:
    """The command that makes the mounts (arguments of ``mount``) for itself alone and then runs `command`."""
    script = [f"mount {mount}" for mount in mounts] + [f"exec {shlex.join(command)}"]
    return ["unshare", "--mount", "sh", "-c", " && ".join(script)]


def run_python(
    code: str, environment: Mapping[str, str], mounts: Sequence[str]
) -> "subprocess.CompletedProcess[str]":
    """Run a few lines of Python in the checkout on a machine with those mounts."""
    need_own_mounts()
    done = subprocess.run(
        with_mounts(mounts, [sys.executable, "-c", code]),
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done


def hidden(folder: Path | str) -> str:
    """The mount that hides a folder behind an empty one."""
    return f"-t tmpfs tmpfs {shlex.quote(str(folder))}"
