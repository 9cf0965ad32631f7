"""Where compiled code is kept and when it is used: never from a place that others can write to."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from profiler.io import compiled
from profiler.io.json_blocks import Dictionaries
from profiler.io.json_events import EventDecoder
from profiler.io.json_scan_reader import ScanningReader, open_events
from profiler.trace.tables import Stats


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LANESCOPE_COMPILED", raising=False)
    monkeypatch.setattr(compiled, "_known", {})
    return tmp_path / "cache" / "lanescope" / "compiled"


def found() -> bool:
    return compiled.library("scan_events") is not None


def test_built_once_into_a_folder_of_the_users_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    (built,) = cache.iterdir()
    assert stat.S_IMODE(built.stat().st_mode) == 0o700
    monkeypatch.setattr(compiled, "_known", {})
    monkeypatch.setattr(compiled, "_build", lambda *args: pytest.fail("built again"))
    assert found()


def test_named_by_source_and_flags(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found()
    monkeypatch.setattr(compiled, "FLAGS", (*compiled.FLAGS, "-DOTHER"))
    assert found()
    sources = tmp_path / "native"
    shutil.copytree(compiled._SOURCES, sources)
    with (sources / "decimal.h").open("a", encoding="utf-8") as file:
        file.write("/* changed */\n")
    monkeypatch.setattr(compiled, "_SOURCES", sources)
    assert found()
    assert len(list(cache.iterdir())) == 3


def test_turned_off(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANESCOPE_COMPILED", "0")
    assert not found()
    assert not cache.exists() or not list(cache.iterdir())


def test_not_built_for_little(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled.library("scan_events", worthwhile=False) is None
    monkeypatch.setenv("LANESCOPE_COMPILED", "1")
    assert compiled.library("scan_events", worthwhile=False) is not None
    monkeypatch.delenv("LANESCOPE_COMPILED")
    assert compiled.library("scan_events", worthwhile=False) is not None


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o755, 0o701])
def test_folder_that_others_may_enter_is_not_used(mode: int, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(mode)
    assert not found()
    assert not list(cache.iterdir())


def test_folder_behind_a_link_is_not_used(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.parent.mkdir(parents=True)
    cache.symlink_to(tmp_path / "elsewhere")
    assert not found()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_folder_that_others_can_replace_is_not_used(cache: Path) -> None:
    cache.mkdir(parents=True, mode=0o700)
    cache.parent.chmod(0o777)
    assert not found()


def test_folder_of_another_user_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True, mode=0o700)
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert not found()
    monkeypatch.undo()


def test_library_that_others_may_write_is_built_anew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found()
    (built,) = cache.iterdir()
    # A new file in its place: the old one is loaded, and a process whose code is cut off dies when it ends.
    built.unlink()
    built.write_bytes(b"not a library")
    built.chmod(0o722)
    monkeypatch.setattr(compiled, "_known", {})
    assert found()
    assert stat.S_IMODE(built.stat().st_mode) == 0o700


def test_damaged_library_is_left(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True, mode=0o700)
    target = cache / f"scan_events-{compiled._digest('scan_events', compiled._compiler() or Path())}.so"
    target.write_bytes(b"not a library")
    target.chmod(0o700)
    assert not found()


def test_relative_cache_home_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert found()
    assert not (tmp_path / "here").exists()
    assert (tmp_path / "home" / ".cache" / "lanescope" / "compiled").is_dir()


@pytest.mark.parametrize("path", ["", ".", "nowhere"])
def test_without_a_compiler_nothing_is_missed(path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\ntouch ran\n", encoding="utf-8")
    (tmp_path / "cc").chmod(0o755)
    (tmp_path / "t.json").write_text("[]", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("LANESCOPE_COMPILED", "1")
    stats = Stats()
    events, _ = open_events(tmp_path / "t.json", EventDecoder(Dictionaries(), stats), stats)
    assert not isinstance(events, ScanningReader)
    assert not (tmp_path / "ran").exists()


def test_compiler_that_fails_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cc").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "bin" / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert not found()
    assert not list(cache.iterdir())
