"""What is released: version, commit, day, folders, and the crates that cargo compiles for a target."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Rust's name of a target, with that of Debian's, RPM's and the image's platform.
TARGETS = {
    "x86_64-unknown-linux-musl": {"debian": "amd64", "rpm": "x86_64", "image": "amd64"},
    "aarch64-unknown-linux-musl": {"debian": "arm64", "rpm": "aarch64", "image": "arm64"},
}


class Failure(Exception):
    """A step that cannot be done. The text says what was attempted and what to do."""


def say(text):
    """Prints progress."""
    print(f"== {text}", file=sys.stderr, flush=True)


def output(command, **options):
    """Runs a command and returns what it prints."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    except FileNotFoundError:
        raise Failure(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise Failure(f"`{' '.join(map(str, command))}` failed with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


class Project:
    """The checked out project."""

    def __init__(self, root=ROOT, allow_dirty=False):
        self.root = Path(root)
        text = (self.root / "Cargo.toml").read_text(encoding="utf-8")
        workspace = re.search(r"^\[workspace\.package\]$(.*?)^\[", text, re.M | re.S).group(1)
        package = re.search(r"^\[package\]$(.*?)^\[", text, re.M | re.S).group(1)
        self.version = re.search(r'^version = "(.+)"$', workspace, re.M).group(1)
        self.licence = re.search(r'^license = "(.+)"$', workspace, re.M).group(1)
        self.description = re.search(r'^description = "(.+)"$', package, re.M).group(1)
        self.commit, self.is_dirty = self._commit(allow_dirty)
        self.epoch = self._epoch()
        self.maintainer = os.environ.get("PILOTAGE_MAINTAINER") or "Developers of Pilotage <developers@pilotage.invalid>"

    def _git(self, *arguments):
        return output(["git", "-C", str(self.root), *arguments]).strip()

    def _commit(self, allow_dirty):
        given = os.environ.get("PILOTAGE_COMMIT")
        if not (self.root / ".git").exists():
            return given or "unknown", False
        is_dirty = self._git("status", "--porcelain") != ""
        if is_dirty and not allow_dirty:
            raise Failure("there are changes that are not committed, so no commit says what is released; commit them, "
                          "or try with --allow-dirty")
        return given or self._git("rev-parse", "HEAD"), is_dirty

    def _epoch(self):
        given = os.environ.get("SOURCE_DATE_EPOCH")
        if given:
            return int(given)
        if not (self.root / ".git").exists():
            raise Failure("SOURCE_DATE_EPOCH is not set, and there is no commit to take the day from")
        return int(self._git("log", "-1", "--format=%ct"))

    def tree(self, target):
        """The crates that are compiled for a target, as {(name, version): whether it is part of the program}. The others run while it is built."""
        def listed(edges):
            lines = output(["cargo", "tree", "--locked", "--package", "pilotage", "--target", target, "--edges", edges,
                            "--prefix", "none", "--format", "{p}"], cwd=self.root).splitlines()
            found = set()
            for line in lines:
                words = line.split()
                if len(words) >= 2:
                    found.add((words[0], words[1].removeprefix("v")))
            return found

        # Procedural macros run in the compiler, and with them what only they use.
        everything, linked = listed("normal,build"), listed("normal,no-proc-macro")
        return {crate: crate in linked for crate in sorted(everything)}

    def metadata(self, target):
        """Cargo's description of all packages, and of what needs what."""
        text = output(["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target], cwd=self.root)
        return json.loads(text)
