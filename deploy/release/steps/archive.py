"""Archives with the same bytes wherever they are made: sorted, owned by root, dated by the release."""

import gzip
import io
import tarfile


def entry(name, epoch, mode=0o644, owner=0, kind=tarfile.REGTYPE):
    """Head of an entry."""
    head = tarfile.TarInfo(name)
    head.mtime, head.mode, head.uid, head.gid, head.type = epoch, mode, owner, owner, kind
    return head


def tar(entries):
    """A tar archive, from pairs of heads and contents. Folders have no content."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for head, content in entries:
            head.size = len(content)
            archive.addfile(head, io.BytesIO(content))
    return made.getvalue()


def gz(content):
    """Compressed bytes, without name and time."""
    return gzip.compress(content, compresslevel=9, mtime=0)
