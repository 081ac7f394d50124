"""Manual pages and completions, which the program writes itself."""

import platform
import tempfile
from pathlib import Path

from .project import Failure, output

SHELLS = {"bash": "pilotage.bash", "zsh": "_pilotage", "fish": "pilotage.fish"}


def native(programs):
    """The program that runs on this machine."""
    for target, program in programs.items():
        if target.startswith(platform.machine() + "-"):
            return program
    raise Failure(f"none of the programs runs on this machine ({platform.machine()}), so there is none to write manual pages")


def make(program):
    """Pages and completions as {path: bytes}: `man/*.1` and `completions/*`."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        output([program, "man", "--out", folder], env={})
        for page in sorted(Path(folder).iterdir()):
            files[f"man/{page.name}"] = page.read_bytes()
    for shell, name in SHELLS.items():
        files[f"completions/{name}"] = output([program, "completions", shell], env={}).encode()
    return files
