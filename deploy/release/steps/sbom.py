"""The bill of materials of a program: every crate that is compiled, in CycloneDX 1.6.

<https://cyclonedx.org/docs/1.6/json/>. What is part of the program has the scope `required`; what only runs while it is built,
such as procedural macros, has `excluded`.
"""

import datetime
import json
import os
import re
import uuid

from .project import Failure

# Any fixed value: the serial number is derived from it and the content, so that two builds have the same.
SPACE = uuid.UUID("6f2b7c1e-9d43-5a0e-8c55-1f0e7a9b4d21")


def make(project, target):
    """The bill of materials of a target, as text."""
    metadata, tree = project.metadata(target), project.tree(target)
    sums = checksums(project)
    packages = {package["id"]: package for package in metadata["packages"]
                if (package["name"], package["version"]) in tree}
    if len(packages) != len(tree):
        raise Failure(f"cargo metadata has {len(packages)} of the {len(tree)} crates that cargo tree lists for {target}")
    root = next(package for package in packages.values() if package["name"] == "pilotage")
    components, dependencies = [], []
    for package in packages.values():
        if package is not root:
            crate = (package["name"], package["version"])
            components.append(component(package, "library", sums) | {"scope": "required" if tree[crate] else "excluded"})
    for node in metadata["resolve"]["nodes"]:
        if node["id"] in packages:
            needed = {dependency["pkg"] for dependency in node["deps"] if dependency["pkg"] in packages
                      and any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])}
            dependencies.append({"ref": reference(packages[node["id"]]),
                                 "dependsOn": sorted(reference(packages[other]) for other in needed)})
    components += [compiled_in(packages), standard_library(target)]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(project.epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": component(root, "application", sums),
            "properties": [{"name": "pilotage:target", "value": target}, {"name": "pilotage:commit", "value": project.commit}],
        },
        "components": sorted(components, key=lambda one: one["bom-ref"]),
        "dependencies": sorted(dependencies, key=lambda one: one["ref"]),
    }
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(SPACE, json.dumps(bill, sort_keys=True))}"
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


def checksums(project):
    """Sums of packages in Cargo.lock, by name and version."""
    text = (project.root / "Cargo.lock").read_text(encoding="utf-8")
    found = {}
    for block in text.split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|checksum) = "(.+)"$', block, re.M))
        found[fields["name"], fields["version"]] = fields.get("checksum")
    return found


def reference(package):
    """Name of a package that is unique in a bill: its package URL."""
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind, sums):
    """A package as a component."""
    made = {
        "type": kind,
        "bom-ref": reference(package),
        "purl": reference(package),
        "name": package["name"],
        "version": package["version"],
        "licenses": [{"expression": expression(package["license"])}],
    }
    if package.get("description"):
        made["description"] = " ".join(package["description"].split())
    if package.get("repository"):
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    checksum = sums.get((package["name"], package["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return made


def expression(licence):
    """A licence as an SPDX expression. Old manifests separate alternatives with a slash."""
    return " OR ".join(part.strip() for part in licence.split("/"))


def compiled_in(packages):
    """SQLite, whose source is inside a crate."""
    carrier = next(package for package in packages.values() if package["name"] == "libsqlite3-sys")
    header = os.path.join(os.path.dirname(carrier["manifest_path"]), "sqlite3", "sqlite3.h")
    with open(header, encoding="utf-8") as file:
        version = re.search(r'^#define SQLITE_VERSION\s+"(.+)"$', file.read(), re.M).group(1)
    url = f"pkg:generic/sqlite@{version}"
    return {"type": "library", "bom-ref": url, "purl": url, "name": "sqlite", "version": version, "scope": "required",
            "cpe": f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*",
            "licenses": [{"license": {"name": "Public domain", "url": "https://sqlite.org/copyright.html"}}]}


def standard_library(target):
    """The standard library, of the compiler that is used."""
    from .project import output
    version = output(["rustc", "--version"]).split()[1]
    url = f"pkg:generic/rust-std@{version}?target={target}"
    return {"type": "library", "bom-ref": url, "purl": url, "name": "rust-std", "version": version, "scope": "required",
            "licenses": [{"expression": "MIT OR Apache-2.0"}]}
