"""A package for Fedora, RHEL and SUSE. Needs rpmbuild."""

import os
import shutil
import tempfile
from pathlib import Path

from .debian import debian_version, write
from .project import TARGETS, output

# Only what is packaged decides the bytes: no name of this machine, no time but the release's, nothing stripped or compressed anew.
SPEC = """\
%global _buildhost release
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global source_date_epoch_from_changelog 0
%global _build_id_links none
%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%global _binary_payload w6.xzdio
%global optflags none

Name: pilotage
Version: {version}
Release: 1
Summary: Metrics of GitHub Copilot in a developer portal's catalog
License: {licence}
AutoReqProv: no
Recommends: ca-certificates

%description
A resync engine: it reads usage from GitHub, turns each record into an entity
through a YAML mapping of jq expressions, and updates the catalog to match. It
deletes only entities that are proven to be gone. One static program.

%install
cp -a {root}/. %{{buildroot}}/

%files
%defattr(-,root,root,-)
{files}
"""


def make(project, target, files, place):
    """Writes the package of a target into the folder `place`. `files` are {path in the system: (mode, bytes)}."""
    architecture = TARGETS[target]["rpm"]
    # RPM sorts a tilde as Debian does.
    version = debian_version(project.version)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for path, (mode, content) in files.items():
            write(work / "root" / path, content, mode)
        for path in (work / "root").rglob("*"):
            os.utime(path, (project.epoch, project.epoch))
        listed = "\n".join(f"%attr({mode:04o},root,root) /{path}" for path, (mode, _) in sorted(files.items()))
        spec = SPEC.format(version=version, licence=project.licence, root=work / "root", files=listed)
        (work / "pilotage.spec").write_text(spec, encoding="utf-8")
        output(["rpmbuild", "-bb", "--target", f"{architecture}-linux", "--define", f"_topdir {work}/top",
                "--define", f"_dbpath {work}/db", work / "pilotage.spec"],
               env=os.environ | {"SOURCE_DATE_EPOCH": str(project.epoch), "LC_ALL": "C", "TZ": "UTC"})
        built = next((work / "top" / "RPMS").rglob("*.rpm"))
        package = place / f"pilotage-{version}-1.{architecture}.rpm"
        shutil.copyfile(built, package)
    return package
