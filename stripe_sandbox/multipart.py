"""Uploads: `multipart/form-data`, read into the same parameters as any other body."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlencode

from stripe_sandbox.errors import malformed

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([^";]+)"?\Z', re.I)
_NAME = re.compile(rb'name="([^"]*)"')
_FILE = re.compile(rb'filename="([^"]*)"')


def is_upload(content_type: str) -> bool:
    """Whether a body holds files."""
    return content_type.lower().startswith("multipart/form-data")


def as_form(content_type: str, body: bytes) -> tuple[str, bytes]:
    """The parameters as an ordinary body holds them, and what stands for them under a key.

    A file becomes its name and size, `name:size`. The boundary differs with every request, so
    the second value leaves it out and takes each file's digest in.
    """
    found = _BOUNDARY.match(content_type)
    if found is None:
        raise malformed("Invalid multipart request.")
    fields, signs = [], []
    for part in body.split(b"--" + found[1].encode())[1:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        name, file = _NAME.search(head), _FILE.search(head)
        if not separator or name is None:
            raise malformed("Invalid multipart request.")
        content = content.removesuffix(b"\r\n")
        value = content.decode("utf-8", "replace")
        if file is not None:
            value = f"{file[1].decode('utf-8', 'replace')}:{len(content)}"
        fields.append((name[1].decode("ascii", "replace"), value))
        signs.append(name[1] + b"=" + hashlib.sha256(content).digest())
    return urlencode(fields), b"\0".join(signs)
