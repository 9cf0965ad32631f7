"""The inputs kept: one archive a reader with the least that reach everything reached, and each finding as a file."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent
#: Inputs that once broke a reader, each named after how.
FINDINGS = _HERE / "findings"
_ARCHIVES = _HERE / "corpus"
#: One date for all entries, so that the same inputs make the same archive.
_DATE = (2026, 1, 1, 0, 0, 0)


def inputs(reader: str) -> dict[str, bytes]:
    """Every input kept for a reader, by name."""
    found = {path.name: path.read_bytes() for path in sorted((FINDINGS / reader).glob("*"))}
    archive = _ARCHIVES / f"{reader}.zip"
    if archive.is_file():
        with zipfile.ZipFile(archive) as packed:
            found.update({name: packed.read(name) for name in packed.namelist()})
    return found


def save(reader: str, kept: Iterable[bytes]) -> Path:
    """Write the archive of a reader anew."""
    _ARCHIVES.mkdir(exist_ok=True)
    archive = _ARCHIVES / f"{reader}.zip"
    named = {hashlib.sha256(data).hexdigest()[:16]: data for data in kept}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in sorted(named.items()):
            packed.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return archive
