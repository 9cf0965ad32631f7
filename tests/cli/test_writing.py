"""Outputs that cannot be written, or not yet, and Ctrl-C in the middle: one message, the exit code, no half file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from profiler.cli import main

ENDINGS = ("parquet", "json", "json.gz", "json.zst", "pftrace", "csv")

EVENTS = [
    {"ph": "X", "cat": "kernel", "name": f"k{number % 7}", "ts": 10 * number, "dur": 5, "pid": 0, "tid": 7}
    | {"args": {"device": 0, "stream": 7, "context": 1, "correlation": number}}
    for number in range(50)
]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps({"traceEvents": EVENTS}))
    return path


def refused(args: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error with which a command ends in exit code 5."""
    code = main(args)
    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (5, "", 1), err
    return err


def folder(place: Path) -> Path:
    place.mkdir()
    return place


def full_device(place: Path) -> Path:
    place.symlink_to("/dev/full")
    return place


def missing_folder(place: Path) -> Path:
    return place.parent / "nothing" / place.name


def below_a_file(place: Path) -> Path:
    place.write_text("kept")
    return place / place.name


@pytest.mark.parametrize("make", [folder, full_device, missing_folder, below_a_file])
@pytest.mark.parametrize("ending", [*ENDINGS, "svg", "sqlite"])
def test_places_that_take_no_file(
    make: Callable[[Path], Path], ending: str, trace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = make(tmp_path / f"out.{ending}")
    before = sorted(path.name for path in tmp_path.iterdir())
    verb = ["render", str(trace), "-o"] if ending == "svg" else ["convert", str(trace)]
    message = refused([*verb, str(target)], capfd)
    assert str(target) in message
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_that_takes_no_files_from_anybody(trace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "/sys/out.json: cannot be written" in refused(["convert", str(trace), "/sys/out.json"], capfd)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pipe_gets_the_whole_file(
    ending: str, trace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain, pipe, found = tmp_path / f"plain.{ending}", tmp_path / f"pipe.{ending}", []
    assert main(["convert", str(trace), str(plain)]) == 0
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    assert main(["convert", str(trace), str(pipe)]) == 0
    reader.join()
    (tmp_path / f"copy.{ending}").write_bytes(found[0])
    assert len(found[0]) == plain.stat().st_size
    if ending != "csv":
        capfd.readouterr()
        assert main(["info", str(tmp_path / f"copy.{ending}"), "--json"]) == 0
        assert json.loads(capfd.readouterr().out)["events"] == len(EVENTS)


def test_a_pipe_whose_reader_left(trace: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    process = started(["convert", str(trace), str(pipe)])
    with pipe.open("rb"):
        pass
    _, err = process.communicate(timeout=60)
    # What was written before it left may have fitted into the pipe.
    assert process.returncode in (0, 5)
    assert err.count("\n") <= 1


def started(args: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import sys; from profiler.cli import main; sys.exit(main(sys.argv[1:]))", *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def interrupted(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    """Ctrl-C once ``until`` holds: exit 130, one line, no traceback."""
    while not until():
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "lanescope: interrupted\n")


def opens(process: subprocess.Popen[str], path: Path) -> bool:
    """Whether the process has the file open."""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            if os.readlink(link) == str(path):
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("verb", ["analyze", "info", "convert"])
def test_ctrl_c_while_reading(verb: str, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_text('{"traceEvents": [' + ",".join([json.dumps(EVENTS)[1:-1]] * 20_000))
    target = [str(tmp_path / "out.parquet")] if verb == "convert" else []
    process = started([verb, str(large), *target])
    interrupted(process, lambda: opens(process, large))
    assert [path.name for path in tmp_path.iterdir()] == ["large.json"]


@pytest.mark.parametrize("ending", ["json", "pftrace", "csv"])
def test_ctrl_c_while_writing(ending: str, tmp_path: Path) -> None:
    large, target = tmp_path / "large.json", tmp_path / f"out.{ending}"
    large.write_text('{"traceEvents": [' + ",".join([json.dumps(EVENTS)[1:-1]] * 12_000) + "]}")
    target.write_text("what was there")
    process = started(["convert", str(large), str(target)])
    interrupted(process, lambda: any(path.suffix == ".part" for path in tmp_path.iterdir()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.json", f"out.{ending}"]
    assert target.read_text() == "what was there"
