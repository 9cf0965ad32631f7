"""The CUDA sources are found in a checkout and in a wheel, and their digest follows their content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from profiler import kernel_sources
from profiler.errors import DeviceError
from tests.helpers.project import ROOT


@pytest.fixture(autouse=True)
def fresh_digest() -> Iterator[None]:
    kernel_sources.content_hash.cache_clear()
    yield
    kernel_sources.content_hash.cache_clear()


def test_a_checkout_reads_them_in_place() -> None:
    assert kernel_sources.kernels_folder() == ROOT / "kernels"
    names = kernel_sources.sources()
    assert names == tuple(sorted(path.name for path in (ROOT / "kernels").glob("*.cu")))
    assert kernel_sources.source(names[0]) == (ROOT / "kernels" / names[0]).read_bytes()
    assert set(kernel_sources.headers()) == {path.name for path in (ROOT / "kernels" / "include").iterdir()}


def _tree(folder: Path) -> Path:
    (folder / "include").mkdir(parents=True)
    (folder / "one.cu").write_bytes(b"1")
    (folder / "include" / "two.cuh").write_bytes(b"2")
    return folder


def test_a_wheel_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, beside = _tree(tmp_path / "profiler" / "_kernels"), _tree(tmp_path / "kernels")
    monkeypatch.setattr(kernel_sources, "_CANDIDATES", (inside, beside))
    assert kernel_sources.kernels_folder() == inside


def test_the_digest_follows_every_name_and_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _tree(tmp_path / "kernels")
    monkeypatch.setattr(kernel_sources, "_CANDIDATES", (folder,))
    digests = [kernel_sources.content_hash()]
    for change in (
        lambda: (folder / "include" / "two.cuh").write_bytes(b"3"),
        lambda: (folder / "one.cu").rename(folder / "other.cu"),
        lambda: (folder / "new.cu").write_bytes(b""),
    ):
        change()
        kernel_sources.content_hash.cache_clear()
        digests.append(kernel_sources.content_hash())
    assert len(set(digests)) == len(digests)


def test_a_damaged_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_sources, "_CANDIDATES", (tmp_path / "_kernels",))
    with pytest.raises(DeviceError, match="CUDA sources are missing") as failure:
        kernel_sources.sources()
    assert failure.value.exit_code == 4
