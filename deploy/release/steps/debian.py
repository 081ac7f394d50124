"""A package for Debian and Ubuntu. Needs dpkg-deb."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from . import archive
from .project import TARGETS, output


def make(project, target, files, place):
    """Writes the package of a target into the folder `place`. `files` are {path in the system: (mode, bytes)}."""
    architecture = TARGETS[target]["debian"]
    version = debian_version(project.version)
    documents = "usr/share/doc/pilotage"
    files = files | {
        f"{documents}/copyright": (0o644, copyright_of(project)),
        f"{documents}/changelog.gz": (0o644, archive.gz((project.root / "CHANGELOG.md").read_bytes())),
    }
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "root"
        for path, (mode, content) in files.items():
            write(root / path, content, mode)
        size = sum((len(content) + 1023) // 1024 for _, content in files.values())
        sums = "".join(f"{hashlib.md5(content).hexdigest()}  {path}\n" for path, (_, content) in sorted(files.items()))
        write(root / "DEBIAN/control", control(project, version, architecture, size).encode(), 0o644)
        write(root / "DEBIAN/md5sums", sums.encode(), 0o644)
        for path in [root, *root.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
            os.utime(path, (project.epoch, project.epoch))
        package = place / f"pilotage_{version}_{architecture}.deb"
        # One thread: how many there are decides where xz cuts its blocks.
        output(["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", root, Path(temporary) / "made.deb"],
               env=os.environ | {"SOURCE_DATE_EPOCH": str(project.epoch), "LC_ALL": "C"})
        shutil.copyfile(Path(temporary) / "made.deb", package)
    return package


def debian_version(version):
    """A semantic version as Debian sorts it: `1.0.0-rc.1` comes before `1.0.0`."""
    return version.replace("-", "~", 1)


def control(project, version, architecture, size):
    return f"""\
Package: pilotage
Version: {version}
Architecture: {architecture}
Maintainer: {project.maintainer}
Installed-Size: {size}
Recommends: ca-certificates
Section: utils
Priority: optional
Description: metrics of GitHub Copilot in a developer portal's catalog
 A resync engine: it reads usage from GitHub, turns each record into an entity
 through a YAML mapping of jq expressions, and updates the catalog to match. It
 deletes only entities that are proven to be gone. One static program.
"""


def copyright_of(project):
    return f"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: pilotage

Files: *
Copyright: {project.maintainer}
License: {project.licence}
 The whole text is in /usr/share/common-licenses/Apache-2.0. Software of others
 inside the program has its licences in THIRD-PARTY-LICENSES.txt.gz.
""".encode()


def write(path, content, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
