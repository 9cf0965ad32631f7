"""What verbs print: exact text where nobody watches, nothing a terminal would obey, and files whole or not at all."""

from __future__ import annotations

import io
import json
import os
import pty
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from profiler.cli import output
from profiler.cli.output import print_json, print_table, print_text, progress, write_text
from profiler.cli.reading import reading
from profiler.errors import OutputError
from profiler.io.watch import current
from tests.helpers.patience import eventually


def test_line_ends_and_tabs_of_a_text_stay(capsys) -> None:
    print_text("a\tb\nc\x1b")

    assert capsys.readouterr().out == "a\tb\nc\\x1b\n"


def test_json_keeps_the_order_of_keys_and_takes_numpy(capsys) -> None:
    print_json({"z": np.int64(3), "a": [np.float64(0.5), None], "m": np.arange(2), "µ": "\x1b"})
    text = capsys.readouterr().out

    assert text.isascii()
    assert text.endswith("}\n")
    assert list(json.loads(text).items()) == [("z", 3), ("a", [0.5, None]), ("m", [0, 1]), ("µ", "\x1b")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan"), [np.float32("inf")]])
def test_json_without_a_meaning_is_not_written(value: object, capsys) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"x": value})
    assert capsys.readouterr().out == ""


def test_json_of_something_else_is_a_defect() -> None:
    with pytest.raises(TypeError, match="object does not go into JSON"):
        print_json(object())


def test_a_table_in_a_pipe_is_plain_whole_lines(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    print_table(["name", "count"], [["k" * 200, 12345], ["\x1b[1m[red]", None], ["", 7]], title="Kernels")
    lines = capsys.readouterr().out.splitlines()

    assert [line.split() for line in lines[:2] + lines[3:]] == [
        ["Kernels"],
        ["name", "count"],
        ["k" * 200, "12,345"],
        ["\\x1b[1m[red]", "–"],
        ["7"],
    ]
    assert set(lines[2]) == {"─"}
    assert {len(line) for line in lines[1:]} == {len(lines[3])}


def test_a_column_of_words_is_aligned_to_the_left(capsys) -> None:
    print_table(["a", "b"], [["x", "1"], ["long", "22"]])

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()[-2:]] == ["x      1", "long   22"]


def test_columns_of_words_can_be_aligned_to_the_right(capsys) -> None:
    print_table(["a", "b"], [["x", "1 ms"], ["long", "22 ms"]], left={"a"})

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()[-2:]] == ["x       1 ms", "long   22 ms"]


def test_a_closed_standard_output_is_said(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    for call in (lambda: print_text("x"), lambda: print_json(1), lambda: print_table(["a"], [[1]])):
        with pytest.raises(OutputError, match="standard output is closed"):
            call()


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    write_text(path, "µ\n\udcff")

    assert path.read_text(encoding="utf-8") == "µ\n\\udcff"
    assert os.listdir(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("name", ["absent/out.txt", "."])
def test_a_place_that_cannot_be_written_is_named_and_left_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_text(tmp_path / name, "x")
    assert str(tmp_path) in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_progress_is_silent_where_nobody_watches(capsys, monkeypatch) -> None:
    monkeypatch.setattr(output, "PROGRESS_AFTER_S", 0.0)
    with progress(3, "working") as advance:
        advance(1)
        time.sleep(0.05)

    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    """Standard error that somebody watches."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as standard error. Not a fixture: pytest sets the streams anew between setup and test."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def test_a_bar_appears_when_work_outlives_the_timer_and_then_vanishes(monkeypatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(output, "PROGRESS_AFTER_S", 0.0)
    with progress(4, "wor\x1bking") as advance:
        advance(1)
        eventually(lambda: "1/4" in terminal.getvalue(), "the bar")
        advance(2)
    text = terminal.getvalue()

    assert "wor\\x1bking" in text
    assert text.endswith("\x1b[2K")


def test_the_bar_of_a_reading_counts_the_file(monkeypatch, tmp_path: Path) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(output, "PROGRESS_AFTER_S", 0.0)
    (tmp_path / "a.json").write_bytes(b" " * (3 << 20))
    with reading(str(tmp_path / "a.json")):

        def counted() -> bool:
            current().step(5 << 19, 3 << 20)
            return "2/3" in terminal.getvalue()

        eventually(counted, "the bar of the file")

    assert "MiB of a.json" in terminal.getvalue()


def test_quick_work_shows_no_bar(monkeypatch) -> None:
    terminal = watched(monkeypatch)
    with progress(4, "working") as advance:
        advance(4)

    assert terminal.getvalue() == ""


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: list[str], row: list[output.Cell]) -> list[str]:
    """Lines of a table on a terminal of 90 columns."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", "90")
        monkeypatch.setenv("TERM", "xterm")
        print_table(columns, [row])
        text = os.read(leader, 100_000).decode()
    os.close(leader)
    return text.splitlines()


def test_a_table_on_a_terminal_is_folded_to_its_width(monkeypatch) -> None:
    lines = on_a_terminal(monkeypatch, ["name"], ["k" * 100])

    assert sum(line.count("k") for line in lines) == 100
    assert max(line.count("k") for line in lines) == 90


def test_a_name_to_be_copied_is_not_folded(monkeypatch) -> None:
    lines = on_a_terminal(monkeypatch, ["device", "name", "n"], ["sim:titan-x-pascal", "word " * 40, 1])

    assert any(line.startswith("sim:titan-x-pascal ") for line in lines)


@pytest.mark.parametrize("text", ["k[/foo]", "[with T=float]", "[red]x[/red]", "[link=http://x]y[/link]"])
def test_square_brackets_of_a_name_are_letters(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(["name"], [[text]], title=text)
    assert capsys.readouterr().out.count(text) == 2
