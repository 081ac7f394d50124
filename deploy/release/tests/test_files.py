"""Archives, packages and the image, made from a stand-in for the program: the same bytes wherever they are made."""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from steps import archive, debian, elf, oci, rpm
from steps.project import TARGETS, Project

STAND_IN = b"#!/bin/sh\necho a stand-in\n"
FILES = {"usr/bin/pilotage": (0o755, STAND_IN), "usr/share/doc/pilotage/note": (0o644, b"note\n")}


def not_looked_at(tool):
    return unittest.skipUnless(shutil.which(tool), f"NOT LOOKED AT: {tool} is not installed")


def twice(make):
    """What `make` returns in two folders, with other rights, zone and language."""
    made = []
    for mask, zone in ((0o022, "UTC"), (0o077, "Asia/Tokyo")):
        before, environment = os.umask(mask), dict(os.environ)
        os.environ["TZ"] = zone
        with tempfile.TemporaryDirectory() as folder:
            try:
                made.append(make(Path(folder)).read_bytes())
            finally:
                os.umask(before)
                os.environ.clear()
                os.environ.update(environment)
    return made


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project(allow_dirty=True)

    def test_an_archive_says_nothing_about_who_made_it(self):
        packed = archive.gz(archive.tar([(archive.entry("a/b", 1_700_000_000, 0o755), b"x")]))
        # Bytes 4 to 7 of gzip are a time, and the flag of a name is 8.
        self.assertEqual((packed[4:8], packed[3]), (b"\0\0\0\0", 0))
        with tarfile.open(fileobj=io.BytesIO(packed)) as opened:
            head, = opened.getmembers()
        self.assertEqual((head.uid, head.gid, head.uname, head.mtime, head.mode), (0, 0, "", 1_700_000_000, 0o755))

    @not_looked_at("dpkg-deb")
    def test_a_debian_package_is_the_same_twice_and_holds_its_files(self):
        for target, names in TARGETS.items():
            one, other = twice(lambda folder: debian.make(self.project, target, FILES, folder))
            self.assertEqual(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())
            with tempfile.TemporaryDirectory() as folder:
                package = Path(folder) / "x.deb"
                package.write_bytes(one)
                run = lambda *words: subprocess.run(["dpkg-deb", *words], check=True, stdout=subprocess.PIPE, text=True).stdout
                self.assertEqual(run("--field", package, "Architecture").strip(), names["debian"])
                listed = run("--contents", package)
                self.assertIn("-rwxr-xr-x root/root", next(line for line in listed.splitlines() if "bin/pilotage" in line))
                self.assertIn("./usr/share/doc/pilotage/changelog.gz", listed)
                run("--extract", package, folder)
                self.assertEqual((Path(folder) / "usr/bin/pilotage").read_bytes(), STAND_IN)

    @not_looked_at("rpmbuild")
    def test_an_rpm_is_the_same_twice_and_holds_its_files(self):
        for target, names in TARGETS.items():
            one, other = twice(lambda folder: rpm.make(self.project, target, FILES, folder))
            self.assertEqual(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())
            with tempfile.TemporaryDirectory() as folder:
                package = Path(folder) / "x.rpm"
                package.write_bytes(one)
                query = ["rpm", "--dbpath", folder, "--query", "--package", package, "--queryformat",
                         "%{ARCH} %{BUILDHOST} %{BUILDTIME}\n[%{FILEMODES:perms} %{FILENAMES}\n]"]
                told = subprocess.run(query, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
                self.assertEqual(told.splitlines()[0], f"{names['rpm']} release {self.project.epoch}")
                self.assertIn("-rwxr-xr-x /usr/bin/pilotage", told)

    def test_a_pre_release_sorts_before_its_release(self):
        self.assertEqual(debian.debian_version("1.0.0-rc.1"), "1.0.0~rc.1")
        if shutil.which("dpkg"):
            sorts = ["dpkg", "--compare-versions", debian.debian_version("1.0.0-rc.1"), "lt", "1.0.0"]
            self.assertEqual(subprocess.run(sorts, check=False).returncode, 0)

    def test_a_program_that_needs_a_loader_is_told_from_one_that_does_not(self):
        loaded = elf.read(Path("/proc/self/exe").read_bytes()) if Path("/proc/self/exe").exists() else None
        if loaded:
            self.assertTrue(loaded.interpreter.startswith("/lib"), loaded)
            self.assertTrue(loaded.needed)
        with self.assertRaises(ValueError):
            elf.read(STAND_IN + bytes(100))


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project(allow_dirty=True)
        programs = {target: STAND_IN + target.encode() for target in TARGETS}
        cls.files = oci.make(cls.project, programs, b"authorities\n")
        cls.again = oci.make(cls.project, programs, b"authorities\n")

    def blob(self, described):
        content = self.files["blobs/" + described["digest"].replace(":", "/")]
        self.assertEqual(described["digest"], "sha256:" + hashlib.sha256(content).hexdigest())
        self.assertEqual(described["size"], len(content))
        return content

    def images(self):
        top = json.loads(self.files["index.json"])
        index = json.loads(self.blob(top["manifests"][0]))
        for described in index["manifests"]:
            manifest = json.loads(self.blob(described))
            yield described["platform"], manifest, json.loads(self.blob(manifest["config"]))

    def test_it_is_the_same_twice(self):
        self.assertEqual(self.files, self.again)

    def test_every_digest_size_and_layer_is_right(self):
        seen = 0
        for platform, manifest, config in self.images():
            self.assertEqual((platform["architecture"], platform["os"]), (config["architecture"], config["os"]))
            layers = [gzip.decompress(self.blob(layer)) for layer in manifest["layers"]]
            self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers])
            self.assertEqual(len(config["history"]), len(layers))
            seen += 1
        self.assertEqual(seen, 2)

    def test_nobody_is_root_and_the_programs_differ_by_platform(self):
        for platform, manifest, config in self.images():
            self.assertEqual((config["config"]["User"], config["config"]["Entrypoint"]), ("1001:1001", ["/pilotage"]))
            members = {}
            for layer in manifest["layers"]:
                with tarfile.open(fileobj=io.BytesIO(gzip.decompress(self.blob(layer)))) as opened:
                    for head in opened.getmembers():
                        members[head.name] = (head, opened.extractfile(head).read() if head.isfile() else b"")
            target = next(target for target, names in TARGETS.items() if names["image"] == platform["architecture"])
            self.assertEqual(members["pilotage"][1], STAND_IN + target.encode())
            self.assertEqual(members["etc/ssl/certs/ca-certificates.crt"][1], b"authorities\n")
            self.assertEqual((members["data"][0].uid, members["tmp"][0].mode), (1001, 0o1777))

    def test_a_new_program_leaves_the_layer_below_it_as_it_is(self):
        other = oci.make(self.project, {target: b"another" for target in TARGETS}, b"authorities\n")
        shared = [name for name in self.files if name in other and name.startswith("blobs/")]
        self.assertEqual(len(shared), 1, "the layer of authorities and folders")

    @not_looked_at("skopeo")
    def test_skopeo_reads_it_for_each_platform(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "image.tar"
            file.write_bytes(oci.packed(self.files, self.project.epoch))
            for names in TARGETS.values():
                command = ["skopeo", "inspect", "--override-os", "linux", "--override-arch", names["image"],
                           f"oci-archive:{file}:{self.project.version}"]
                told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
                self.assertEqual(told["Architecture"], names["image"])
                self.assertEqual(told["Labels"]["org.opencontainers.image.version"], self.project.version)
                self.assertEqual(len(told["Layers"]), 2)
