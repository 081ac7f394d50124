"""Compiles the program for a target, so that the bytes depend on sources and tools and not on folders."""

import json
import os
import shlex
import subprocess

from . import elf, tools
from .project import Failure, output, say

# Cheap in place of small and fast: shows that a build is reproducible without the time of a release.
QUICK = {
    "CARGO_PROFILE_DIST_OPT_LEVEL": "0",
    "CARGO_PROFILE_DIST_LTO": "off",
    "CARGO_PROFILE_DIST_CODEGEN_UNITS": "16",
}

# Largest program, in bytes: what it has today, so that growth shows. 14 MB are wanted; docs/releasing.md says what is in the way.
LARGEST = 24 * 1000 * 1000


def build(project, targets, folder, quick=False):
    """Compiles, checks and returns {target: path of the program}; `folder` is cargo's target folder."""
    installed = output(["rustc", "--print", "sysroot"], cwd=project.root).strip()
    for target in targets:
        if not os.path.isdir(f"{installed}/lib/rustlib/{target}/lib"):
            say(f"the standard library for {target} is missing: rustup target add {target}")
            output(["rustup", "target", "add", target], cwd=project.root)
    place = tools.wheels("build")
    say(f"compiling for {', '.join(targets)}")
    command = [str(place / "bin" / "cargo-zigbuild"), "zigbuild", "--profile", "dist", "--locked", "--package", "pilotage",
               "--bin", "pilotage", "--message-format", "json-render-diagnostics"]
    for target in targets:
        command += ["--target", target]
    moved = folders(project, folder, installed)
    done = subprocess.run(command, cwd=project.root, env=environment(project, targets, folder, place, moved, quick),
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"cargo-zigbuild failed with {done.returncode}, see above")
    programs = {target: folder / target / "dist" / "pilotage" for target in targets}
    for target, program in programs.items():
        check(program, target, moved, quick)
    check_crates(project, targets, done.stdout)
    return programs


def folders(project, folder, sysroot):
    """Folders of this machine, and the names that they get in the program. Longer ones last, because the last that fits counts."""
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    moved = {str(project.root): "/source", home: "/cargo", sysroot: "/rust", str(folder): "/target"}
    return sorted(moved.items(), key=lambda pair: len(pair[0]))


def environment(project, targets, folder, place, moved, quick):
    """Variables of the build."""
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(("CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_ENCODED_", "RUSTFLAGS", "CFLAGS", "CC_"))}
    variables |= {
        "PATH": f"{place}/bin:{os.environ.get('PATH', '')}",
        "CARGO_ZIGBUILD_ZIG_PATH": str(place / "bin" / "python-zig"),
        "CARGO_TARGET_DIR": str(folder),
        "CARGO_INCREMENTAL": "0",
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(f"--remap-path-prefix={old}={new}" for old, new in moved),
        "SOURCE_DATE_EPOCH": str(project.epoch),
        "PILOTAGE_COMMIT": project.commit[:12],
        "LC_ALL": "C",
        "TZ": "UTC",
    }
    # With quotes, for a folder may have a space.
    variables["CC_SHELL_ESCAPED_FLAGS"] = "1"
    flags = shlex.join(f"-ffile-prefix-map={old}={new}" for old, new in moved)
    for target in targets:
        variables["CFLAGS_" + target.replace("-", "_")] = flags
    return variables | (QUICK if quick else {})


def check(program, target, moved, quick):
    """Holds a program to what is promised of it."""
    content = program.read_bytes()
    what = elf.read(content)
    if what.machine != target.split("-")[0]:
        raise Failure(f"{program} is for {what.machine}, expected {target}")
    if what.interpreter or what.needed:
        raise Failure(f"{program} is not static: it needs {[what.interpreter, *what.needed]}")
    if not quick and len(content) > LARGEST:
        raise Failure(f"{program} has {len(content):,} bytes, at most {LARGEST:,} are promised")
    for old, _ in moved:
        if old.encode() in content:
            at = content.index(old.encode())
            raise Failure(f"{program} names a folder of this machine: {content[at:at + 120]!r}")


def check_crates(project, targets, messages):
    """Compares the crates that cargo compiled with those that the bill of materials lists."""
    compiled = set()
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact":
            compiled.add(crate(message["package_id"]))
    listed = set().union(*(project.tree(target) for target in targets))
    if compiled != listed:
        raise Failure(f"cargo compiled {sorted(compiled - listed)} beside the listed crates, and not {sorted(listed - compiled)}")
    say(f"compiled the {len(listed)} crates that are listed")


def crate(identifier):
    """Name and version in cargo's identifier: `registry+https://…#name@1.2.3`, or `path+file:///…/name#1.2.3`."""
    source, _, fragment = identifier.rpartition("#")
    name, _, version = fragment.rpartition("@")
    return name or source.rpartition("/")[2], version
