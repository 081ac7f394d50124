"""Licences of everything that is compiled into the program, as one text file."""

import hashlib
import os

from . import sbom
from .project import Failure

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT")

# A crate whose licence is MIT's, and that forgot the file, is quoted by its manifest.
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

OTHERS = """\
SQLite, inside the crate libsqlite3-sys: public domain, <https://sqlite.org/copyright.html>.
Rust's standard library: MIT OR Apache-2.0, <https://www.rust-lang.org/policies/licenses>.
musl libc: MIT, Copyright (c) 2005-2020 Rich Felker, et al., <https://git.musl-libc.org/cgit/musl/tree/COPYRIGHT>.
"""


def make(project, target):
    """The text: a list of the crates, then each licence text once with the crates that have it."""
    tree = project.tree(target)
    packages = [package for package in project.metadata(target)["packages"]
                if tree.get((package["name"], package["version"])) and package["source"]]
    packages.sort(key=lambda package: (package["name"], package["version"]))
    texts = {}
    lines = ["Software of others inside this program, with its licences.", "", OTHERS]
    for package in packages:
        name = f"{package['name']} {package['version']}"
        lines.append(f"{name}: {sbom.expression(package['license'])}")
        for text in of_package(project, package):
            texts.setdefault(hashlib.sha256(" ".join(text.split()).encode()).hexdigest(), (text, []))[1].append(name)
    for text, names in texts.values():
        lines += ["", "-" * 80, ", ".join(names), "-" * 80, "", text.strip()]
    return "\n".join(lines) + "\n"


def of_package(project, package):
    """The texts in a package's folder; without any, the text that its manifest names."""
    folder = os.path.dirname(package["manifest_path"])
    files = sorted(name for name in os.listdir(folder) if name.upper().startswith(NAMES) and os.path.isfile(os.path.join(folder, name)))
    texts = []
    for name in files:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            texts.append(file.read().replace("\r\n", "\n"))
    if texts:
        return texts
    licence = sbom.expression(package["license"])
    if "Apache-2.0" in licence.split(" OR "):
        return [(project.root / "LICENSE").read_text(encoding="utf-8")]
    if licence == "MIT":
        return [f"MIT License\n\nCopyright (c) {', '.join(package['authors']) or 'the authors of ' + package['name']}\n\n{MIT}"]
    raise Failure(f"{package['name']} {package['version']} has the licence {licence} and no file with its text; "
                  "add the text to deploy/release/steps/licences.py")
