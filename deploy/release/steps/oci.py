"""An image as an OCI layout, written without a container engine: the same bytes for the same programs.

<https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md>. One index for all platforms. The first layer has what does not
change with the program (authorities, folders), so that it is stored and sent once; the second has the program.
"""

import datetime
import hashlib
import json

from . import archive
from .project import TARGETS

USER = 1001
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Layout:
    """The files of a layout, by path."""

    def __init__(self):
        self.files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def blob(self, content, media_type):
        """Keeps a blob and describes it."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def json(self, value, media_type):
        return self.blob(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), media_type)


def base(epoch, authorities):
    """The layer below the program, as a tar archive."""
    def folder(name, mode=0o755, owner=0):
        return archive.entry(name, epoch, mode, owner, archive.tarfile.DIRTYPE), b""

    passwd = f"pilotage:x:{USER}:{USER}:pilotage:/data:/nonexistent\n".encode()
    return archive.tar([
        folder("data", 0o755, USER),
        folder("etc"),
        (archive.entry("etc/group", epoch), f"pilotage:x:{USER}:\n".encode()),
        (archive.entry("etc/passwd", epoch), passwd),
        folder("etc/ssl"),
        folder("etc/ssl/certs"),
        (archive.entry(AUTHORITIES, epoch), authorities),
        folder("tmp", 0o1777),
    ])


def labels(project):
    return {
        "org.opencontainers.image.title": "pilotage",
        "org.opencontainers.image.description": project.description,
        "org.opencontainers.image.licenses": project.licence,
        "org.opencontainers.image.version": project.version,
        "org.opencontainers.image.revision": project.commit,
        "org.opencontainers.image.created": moment(project.epoch),
    }


def moment(epoch):
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def image(layout, project, target, program, authorities):
    """Adds the image of one platform, and describes its manifest."""
    # The authorities are dated by themselves and not by the release, so that the layer stays the same while they do.
    layers = [base(0, authorities), archive.tar([(archive.entry("pilotage", project.epoch, 0o755), program)])]
    platform = {"os": "linux", "architecture": TARGETS[target]["image"]}
    config = platform | {
        "created": moment(project.epoch),
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PILOTAGE_DATA=/data"],
            "Entrypoint": ["/pilotage"],
            "WorkingDir": "/data",
            "Volumes": {"/data": {}},
            "ExposedPorts": {"8000/tcp": {}},
            "Labels": labels(project),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]},
        "history": [
            {"created": moment(0), "created_by": "certificate authorities and folders"},
            {"created": moment(project.epoch), "created_by": f"pilotage {project.version}, {target}"},
        ],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.json(config, CONFIG),
        "layers": [layout.blob(archive.gz(layer), LAYER) for layer in layers],
        "annotations": labels(project),
    }
    return layout.json(manifest, MANIFEST) | {"platform": platform}


def make(project, programs, authorities):
    """The files of a layout with an image for each of {target: bytes of the program}."""
    layout = Layout()
    manifests = [image(layout, project, target, program, authorities) for target, program in sorted(programs.items())]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": labels(project)}
    described = layout.json(index, INDEX) | {"annotations": {"org.opencontainers.image.ref.name": project.version}}
    top = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]}
    layout.files["index.json"] = json.dumps(top, sort_keys=True, separators=(",", ":")).encode()
    return layout.files


def packed(files, epoch):
    """A layout as one tar archive (`oci-archive:` of skopeo and podman)."""
    folders = sorted({name.rpartition("/")[0] for name in files if "/" in name} | {"blobs"})
    entries = [(archive.entry(name, epoch, 0o755, kind=archive.tarfile.DIRTYPE), b"") for name in folders]
    return archive.tar(entries + [(archive.entry(name, epoch), files[name]) for name in sorted(files)])
