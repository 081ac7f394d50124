"""Tools of a release: wheels by their hashes, in an environment of their own."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from .project import Failure, say

HERE = Path(__file__).resolve().parents[1]
# Patience with a registry that does not answer, in seconds.
PATIENCE = 600


def folder():
    """Folder of fetched tools."""
    given = os.environ.get("PILOTAGE_RELEASE_TOOLS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else cache / "pilotage-release"


def wheels(name):
    """Installs `wheels-NAME.txt`, unless that is done, and returns the environment's folder."""
    wanted = (HERE / f"wheels-{name}.txt").read_text(encoding="utf-8")
    place = folder() / name
    mark = place / "installed.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return place
    say(f"fetching what wheels-{name}.txt names into {place}")
    venv.create(place, with_pip=True, clear=True)
    command = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--require-hashes", "--requirement", HERE / f"wheels-{name}.txt"]
    try:
        done = subprocess.run(command, check=False, timeout=PATIENCE, stdout=sys.stderr)
    except subprocess.TimeoutExpired:
        raise Failure(f"pip did not install what wheels-{name}.txt names within {PATIENCE} s") from None
    if done.returncode != 0:
        raise Failure(f"pip could not install what deploy/release/wheels-{name}.txt names, see above")
    mark.write_text(wanted, encoding="utf-8")
    return place


def file_of(name, package, path):
    """A file inside an installed package."""
    found = sorted(wheels(name).glob(f"lib/python*/site-packages/{package}/{path}"))
    if not found:
        raise Failure(f"the wheel {package} has no {path}")
    return found[0]
