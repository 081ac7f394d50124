"""The statement of how the files of a release were made: SLSA provenance in an in-toto statement, without a signature.

<https://slsa.dev/spec/v1.0/provenance>. Times and names of a machine are left out, so that two builds make the same statement.
"""

import hashlib
import json
import re

from .project import output
from .tools import HERE

BUILD_TYPE = "urn:pilotage:deploy-release:v1"


def sums(folder):
    """SHA-256 of the files of a folder, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()}


def make(project, targets, folder, quick, builder):
    """The statement about all files of a folder, as text."""
    subjects = [{"name": name, "digest": {"sha256": digest}} for name, digest in sums(folder).items()]
    materials = [{"uri": "git+pilotage", "digest": {"gitCommit": project.commit},
                  "annotations": {"uncommittedChanges": project.is_dirty}}]
    lock = hashlib.sha256((project.root / "Cargo.lock").read_bytes()).hexdigest()
    materials.append({"name": "Cargo.lock", "digest": {"sha256": lock}})
    for name in ("build", "image"):
        text = (HERE / f"wheels-{name}.txt").read_text(encoding="utf-8")
        for package, version, hashes in re.findall(r"^([\w-]+)==(\S+) \\\n((?:    --hash=\S+(?: \\)?\n?)+)", text, re.M):
            digests = re.findall(r"sha256:(\w+)", hashes)
            materials.append({"uri": f"pkg:pypi/{package}@{version}", "annotations": {"sha256OneOf": digests}})
    compiler = dict(line.split(": ", 1) for line in output(["rustc", "-vV"]).splitlines() if ": " in line)
    materials.append({"uri": f"pkg:generic/rustc@{compiler['release']}", "digest": {"gitCommit": compiler["commit-hash"]}})
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": project.version, "targets": list(targets), "quick": quick},
                "internalParameters": {"SOURCE_DATE_EPOCH": project.epoch},
                "resolvedDependencies": materials,
            },
            "runDetails": {"builder": {"id": builder}},
        },
    }
    return json.dumps(statement, indent=1) + "\n"
