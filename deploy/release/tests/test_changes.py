"""The changelog: files of changes become a version."""

import tempfile
import unittest
from pathlib import Path

from steps.changes import Changes
from steps.project import Failure

BEFORE = "# Changelog\n\nHead.\n\n## Unreleased\n\n### Deletion\n- Old line.\n\n### Plans\n- A line below a heading of its own.\n\n## 0.1.0\n\nFirst.\n"


class Changelog(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "changelog.d").mkdir()
        (self.root / "CHANGELOG.md").write_text(BEFORE, encoding="utf-8")
        self.changes = Changes(self.root)

    def add(self, name, text):
        (self.root / "changelog.d" / name).write_text(text, encoding="utf-8")

    def test_a_version_gets_the_lines_of_all_files_below_their_sections(self):
        self.add("README.md", "not a change\n")
        self.add("waits-limits.md", "Shorter waits.\nFewer of them.\n")
        self.add("deletion-lists.md", "A list is proven.\n")
        self.assertEqual(self.changes.problems(), [])
        self.changes.collect("0.2.0")
        self.assertEqual((self.root / "CHANGELOG.md").read_text(encoding="utf-8"), (
            "# Changelog\n\nHead.\n\n## Unreleased\n\n## 0.2.0\n\n### Deletion\n- Old line.\n- A list is proven.\n\n"
            "### Waits\n- Shorter waits.\n- Fewer of them.\n\n### Plans\n- A line below a heading of its own.\n\n## 0.1.0\n\nFirst.\n"))
        self.assertEqual([path.name for path in (self.root / "changelog.d").iterdir()], ["README.md"])
        self.assertTrue(self.changes.notes("0.2.0").startswith("### Deletion\n- Old line.\n"))
        self.assertNotIn("First", self.changes.notes("0.2.0"))
        self.assertEqual(self.changes.notes("0.1.0"), "First.")

    def test_what_is_wrong_is_named_and_nothing_is_collected(self):
        self.add("speed-faster.md", "Faster.\n")
        self.add("waits.md", "Shorter.\n")
        self.add("jq-empty.md", "")
        self.add("jq-list.md", "- A mark of a list.\nno end\n")
        problems = "\n".join(self.changes.problems())
        for part in ("speed-faster.md: the name", "waits.md: the name", "jq-empty.md: is empty", "jq-list.md:1:", "jq-list.md:2:"):
            self.assertIn(part, problems)
        with self.assertRaises(Failure):
            self.changes.collect("0.2.0")
        self.assertEqual((self.root / "CHANGELOG.md").read_text(encoding="utf-8"), BEFORE)

    def test_versions_are_semantic_and_released_once(self):
        self.add("jq-fix.md", "A fix.\n")
        for version in ("2", "v0.2.0", "0.2", "0.1.0"):
            with self.assertRaises(Failure):
                self.changes.collect(version)
        with self.assertRaises(Failure):
            self.changes.notes("0.3.0")
