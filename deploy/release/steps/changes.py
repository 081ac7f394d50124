"""The changelog: a file for each change until the release, see changelog.d/README.md."""

import re

from .project import Failure

SECTIONS = ("Deletion", "Ocean", "jq", "Authoring", "Deployment", "Commands", "Figures", "Waits", "Security", "Other")
SEMANTIC = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")
# A line of the changelog is one sentence or two.
LONGEST = 300


class Changes:
    """The changelog of a checkout."""

    def __init__(self, root):
        self.root = root
        self.file = root / "CHANGELOG.md"

    def fragments(self):
        """Changes as (section, name of the file, lines), in the order of the sections."""
        found = []
        for path in sorted((self.root / "changelog.d").glob("*.md")):
            if path.name != "README.md":
                section, _, rest = path.name.partition("-")
                titles = [title for title in SECTIONS if title.lower() == section]
                title = titles[0] if titles and rest else None
                found.append((title, path.name, path.read_text(encoding="utf-8").splitlines()))
        return sorted(found, key=lambda one: (SECTIONS.index(one[0]) if one[0] else -1, one[1]))

    def problems(self):
        """What is wrong with the files."""
        problems = []
        for section, name, lines in self.fragments():
            if section is None:
                words = ", ".join(title.lower() for title in SECTIONS)
                problems.append(f"changelog.d/{name}: the name has to begin with a section and a hyphen: {words}")
            if not lines:
                problems.append(f"changelog.d/{name}: is empty")
            for number, line in enumerate(lines, 1):
                if not line.endswith(".") or line.startswith(("-", "#", " ")) or len(line) > LONGEST:
                    problems.append(f"changelog.d/{name}:{number}: a line has to be sentences of at most {LONGEST} characters, "
                                    "without a mark of a list")
        return problems

    def collect(self, version):
        """Makes a version of `Unreleased` and the files, and removes the files."""
        problems = self.problems()
        if problems:
            raise Failure("\n       ".join(problems))
        if not SEMANTIC.fullmatch(version):
            raise Failure(f"`{version}` is no semantic version, such as 1.2.0 or 1.2.0-rc.1")
        text = self.file.read_text(encoding="utf-8")
        if f"\n## {version}\n" in text:
            raise Failure(f"CHANGELOG.md has a part of {version} already")
        head, unreleased, older = split(text)
        sections = {}
        for block in re.split(r"^### ", unreleased, flags=re.M)[1:]:
            title, _, lines = block.partition("\n")
            sections[title.strip()] = [line for line in lines.splitlines() if line.strip()]
        for section, _, lines in self.fragments():
            sections.setdefault(section, []).extend(f"- {line}" for line in lines)
        if not sections:
            raise Failure("there is no change to release")
        order = [title for title in SECTIONS if title in sections] + [title for title in sections if title not in SECTIONS]
        made = "\n".join(f"### {title}\n" + "\n".join(sections[title]) + "\n" for title in order)
        self.file.write_text(f"{head}## Unreleased\n\n## {version}\n\n{made}\n{older}", encoding="utf-8")
        for _, name, _ in self.fragments():
            (self.root / "changelog.d" / name).unlink()

    def notes(self, version):
        """The part of a version."""
        text = self.file.read_text(encoding="utf-8")
        found = re.search(rf"^## {re.escape(version)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
        if not found or not found.group(1).strip():
            raise Failure(f"CHANGELOG.md has no part of {version}; `deploy/release/changelog collect {version}` makes one")
        return found.group(1).strip()


def split(text):
    """The text before, in and after `Unreleased`."""
    found = re.search(r"^## Unreleased\n(.*?)(?=^## )", text, re.M | re.S)
    if not found:
        raise Failure("CHANGELOG.md has no part `## Unreleased` before the versions")
    return text[:found.start()], found.group(1), text[found.end():]
