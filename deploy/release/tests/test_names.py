"""Names of archives, as cargo-binstall and docs/install.md take them."""

import re
import unittest

from steps.project import ROOT, TARGETS, Project


class Names(unittest.TestCase):
    def test_binstall_finds_the_archives_and_the_program_in_them(self):
        manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
        version = Project(allow_dirty=True).version
        urls, folders = (re.findall(rf'^{key} = "(.+)"$', manifest, re.M) for key in ("pkg-url", "bin-dir"))
        self.assertEqual((len(urls), len(folders)), (3, 3))
        for target in TARGETS:
            words = {"repo": "R", "name": "pilotage", "version": version, "target": target, "bin": "pilotage", "binary-ext": ""}
            fill = lambda text: re.sub(r"\{ ([\w-]+) \}", lambda found: words[found.group(1)], text)
            self.assertIn(f"R/releases/download/v{version}/pilotage-{version}-{target}.tar.gz", [fill(url) for url in urls])
            self.assertIn(f"pilotage-{version}-{target}/pilotage", [fill(folder) for folder in folders])
        # Distributions of glibc take the static program too.
        self.assertTrue(all(any(f"-{target}.tar.gz" in url for url in urls[1:]) for target in TARGETS))

    def test_the_page_names_every_target(self):
        page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
        for target in TARGETS:
            self.assertIn(target, page)
