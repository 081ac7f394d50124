"""The bill of materials and the licences, held to what cargo says."""

import json
import re
import subprocess
import unittest

from steps import build, licences, sbom
from steps.project import ROOT, TARGETS, Project


def cargo_tree(target):
    """Names and versions of all crates that `cargo tree` prints, tests left out."""
    command = ["cargo", "tree", "--locked", "--package", "pilotage", "--target", target, "--edges", "no-dev", "--charset", "ascii"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = (re.search(r"([\w-]+) v(\d\S*)", line) for line in lines)
    return {match.groups() for match in found if match}


class Bill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project(allow_dirty=True)
        cls.bills = {target: json.loads(sbom.make(cls.project, target)) for target in TARGETS}

    def test_it_lists_every_crate_of_cargo_tree_and_no_other(self):
        for target, bill in self.bills.items():
            listed = {(one["name"], one["version"]) for one in [bill["metadata"]["component"], *bill["components"]]
                      if one["purl"].startswith("pkg:cargo/")}
            expected = cargo_tree(target)
            self.assertGreater(len(expected), 150)
            self.assertEqual(listed, expected, target)

    def test_what_is_compiled_from_c_is_listed_with_its_version(self):
        for bill in self.bills.values():
            sqlite, = [one for one in bill["components"] if one["name"] == "sqlite"]
            self.assertRegex(sqlite["version"], r"^3\.\d+\.\d+$")

    def test_references_lead_to_components_and_names_are_unique(self):
        for bill in self.bills.values():
            names = [bill["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in bill["components"])]
            self.assertEqual(len(names), len(set(names)))
            for one in bill["dependencies"]:
                self.assertIn(one["ref"], names)
                self.assertLessEqual(set(one["dependsOn"]), set(names))

    def test_a_crate_of_the_registry_has_its_sum_and_macros_are_no_part_of_the_program(self):
        for bill in self.bills.values():
            crates = {one["name"]: one for one in bill["components"]}
            self.assertRegex(crates["serde"]["hashes"][0]["content"], r"^[0-9a-f]{64}$")
            self.assertEqual((crates["serde"]["scope"], crates["serde_derive"]["scope"], crates["syn"]["scope"]),
                             ("required", "excluded", "excluded"))

    def test_it_is_the_same_twice_and_another_for_another_target(self):
        one, other = TARGETS
        self.assertEqual(json.loads(sbom.make(self.project, one)), self.bills[one])
        self.assertNotEqual(self.bills[one]["serialNumber"], self.bills[other]["serialNumber"])

    def test_every_crate_in_the_program_has_the_text_of_its_licence(self):
        target = next(iter(TARGETS))
        text = licences.make(self.project, target)
        for (name, version), is_part in self.project.tree(target).items():
            is_listed = f"\n{name} {version}: " in text
            self.assertEqual(is_listed, is_part and not name.startswith("pilotage"), name)
        for phrase in ("Apache License", "Permission is hereby granted", "Mozilla Public License", "UNICODE"):
            self.assertIn(phrase, text)

    def test_cargos_names_of_packages_are_understood(self):
        self.assertEqual(build.crate("registry+https://github.com/x/y#serde@1.0.1"), ("serde", "1.0.1"))
        self.assertEqual(build.crate("path+file:///a/crates/core#pilotage-core@0.1.0"), ("pilotage-core", "0.1.0"))
        self.assertEqual(build.crate("path+file:///a/pilotage#0.1.0"), ("pilotage", "0.1.0"))
