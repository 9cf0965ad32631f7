"""Notes and settings on disk: round trips, damage, places that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gui.state.notes import notes_path, read_notes, update_notes, write_notes
from gui.state.settings import Settings, load_settings, save_settings, settings_path
from gui.state.view import Mark
from profiler.errors import OutputError, TraceReadError


def test_notes_come_back_and_go(tmp_path: Path) -> None:
    trace = tmp_path / "trace.parquet"
    marks = (Mark(-5, "before"), Mark(10, "משהו ☂ \x1b[0m"), Mark(2**60))
    write_notes(trace, marks)
    assert read_notes(trace) == marks
    write_notes(trace, ())
    assert not notes_path(trace).exists()
    assert read_notes(trace) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": "lanescope-notes"}', '{"format": "other", "marks": []}', "[" * 100_000,
     '{"format": "lanescope-notes", "marks": [{"at_ns": 1.5}]}', '{"format": "lanescope-notes", "marks": [3]}',
     '{"format": "lanescope-notes", "marks": [{"at_ns": true}]}',
     '{"format": "lanescope-notes", "marks": [{"at_ns": 1, "text": 2}]}'],
)  # fmt: skip
def test_damaged_notes_are_said_to_be(tmp_path: Path, text: str) -> None:
    trace = tmp_path / "t"
    notes_path(trace).write_text(text)
    with pytest.raises(TraceReadError, match="notes") as caught:
        read_notes(trace)
    assert str(notes_path(trace)) in str(caught.value)


def test_notes_that_cannot_be_written_are_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_notes(tmp_path / "absent" / "t", (Mark(1),))


def test_two_windows_keep_each_others_marks(tmp_path: Path) -> None:
    trace = tmp_path / "t"
    old = (Mark(1, "one"), Mark(5, "five"), Mark(9, "nine"))
    write_notes(trace, old)
    first = update_notes(trace, old, (Mark(1, "first"), Mark(5, "five"), Mark(7, "seven")))
    assert first == (Mark(1, "first"), Mark(5, "five"), Mark(7, "seven"))
    # The second window knows nothing of that.
    second = update_notes(trace, old, (Mark(1, "one"), Mark(3, "three"), Mark(5, "FIVE"), Mark(9, "nine")))
    assert second == (Mark(1, "first"), Mark(3, "three"), Mark(5, "FIVE"), Mark(7, "seven"))
    assert read_notes(trace) == second
    assert update_notes(trace, second, ()) == ()
    assert not notes_path(trace).exists()


def test_many_writers_lose_no_mark(tmp_path: Path) -> None:
    trace = tmp_path / "t"
    trace.write_text("a trace")
    write = (
        "import sys; from gui.state import notes; from gui.state.view import Mark; notes._TRIES = 10_000\n"
        "for at in range(int(sys.argv[2]), 90, 3): notes.update_notes(sys.argv[1], (), (Mark(at),))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", write, str(trace), str(number)]) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert [mark.at_ns for mark in read_notes(trace)] == list(range(90))


def test_damaged_notes_are_not_written_over(tmp_path: Path) -> None:
    notes_path(tmp_path / "t").write_text("no notes")
    with pytest.raises(TraceReadError):
        update_notes(tmp_path / "t", (), (Mark(1),))
    assert notes_path(tmp_path / "t").read_text() == "no notes"


def test_settings_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a" / "settings.json"
    settings = Settings(theme="dark", scale=1.5, first_run=False, session={"files": ["x"]})
    settings.opened("/tmp/one")
    settings.opened("/tmp/two")
    settings.opened("/tmp/one")
    assert save_settings(settings, path)
    again = load_settings(path)
    assert (again.theme, again.scale, again.recent, again.session, again.first_run) == (
        "dark", 1.5, ("/tmp/one", "/tmp/two"), {"files": ["x"]}, False,
    )  # fmt: skip
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"theme": 3, "scale": "big", "recent": [1], "session": 4}'])
def test_damaged_settings_are_those_of_a_new_installation(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    again = load_settings(path)
    assert (again.theme, again.scale, again.recent, again.session) == ("system", 1.0, (), {})


def test_two_windows_keep_each_others_changes(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(Settings(recent=("/old", "/gone"), theme="light"), path)
    first, second = load_settings(path), load_settings(path)
    first.theme, first.first_run = "dark", False
    first.opened("/a")
    first.session = {"files": ["/a"]}
    assert save_settings(first, path)
    second.scale = 1.5
    second.opened("/b")
    second.forget("/gone")
    second.session = {"files": ["/b"]}
    assert save_settings(second, path)
    found = load_settings(path)
    assert (found.theme, found.scale, found.first_run) == ("dark", 1.5, False)
    assert found.recent == ("/b", "/a", "/old")
    # What was open last is of the window that was closed last.
    assert found.session == {"files": ["/b"]}
    third = load_settings(path)
    third.opened("/gone")
    save_settings(third, path)
    assert load_settings(path).recent == ("/gone", "/b", "/a", "/old")


def test_a_user_without_a_home_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", nobody)
    assert load_settings().kept == Settings().kept
    assert not save_settings(Settings())


def test_settings_without_a_place_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not save_settings(Settings(), tmp_path / "file" / "settings.json")


def test_the_scale_moves_in_steps() -> None:
    settings = Settings()
    settings.bigger(1)
    assert settings.scale == 1.15
    settings.bigger(-9)
    assert settings.scale == 0.75


def test_settings_follow_the_configuration_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "lanescope" / "settings.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings_path() == tmp_path / ".config" / "lanescope" / "settings.json"


def test_a_theme_for_this_time_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings = Settings(theme="dark")
    settings.wear("light")
    assert settings.theme == "light"
    save_settings(settings, path)
    assert load_settings(path).theme == "dark"
    settings.theme = "system"
    save_settings(settings, path)
    assert load_settings(path).theme == "system"
