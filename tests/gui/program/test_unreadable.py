"""What cannot be shown, given to the real program: one line, its exit code, nothing more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.patience import PATIENCE_S

pytestmark = pytest.mark.window

MAIN = "import sys; from profiler.cli import main; sys.exit(main())"


def written(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program, asked to write its window."""
    files = ["--screenshot", str(folder / "window.png"), "--state", str(folder / "window.json")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", MAIN, "view", *arguments, *files]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (b"by\xfftes.json", b"[]", "no text"),
        (b"garbage.json", b"\x00\x01\x02" * 100, "no format known"),
        (b"list.json", b"[]", "no event"),
        (b"half.parquet", b"PAR1 and no more", "cut short"),
        (b"\xe2\x80\xaename.json", b"[]", "no event"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line_that_names_it_once(
    tmp_path: Path, name: bytes, content: bytes, said: str
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(content)
    done = written(tmp_path, str(path))
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("lanescope: error: ")
    assert said in line
    assert "\u202e" not in line
    assert line.count(path.suffix) == 1


def test_a_scenario_that_cannot_be_simulated_is_wrong_use(tmp_path: Path) -> None:
    done = written(tmp_path, "--workload", "resnet50", "--device", "sim:no-such-file.toml")
    assert done.returncode == 2
    assert done.stderr == "lanescope: error: no-such-file.toml: there is no such file. Check the path.\n"


def test_a_scenario_of_a_gpu_is_written_as_it_is_before_it_runs(tmp_path: Path) -> None:
    done = written(tmp_path, "--workload", "resnet50", "--device", "cuda:0")
    assert (done.returncode, done.stderr) == (0, "")
    state = json.loads((tmp_path / "window.json").read_text())
    (document,) = state["documents"]
    assert document["message"] == "Nothing has run on cuda:0 yet: press Run (Ctrl+R)."
    assert state["lanes"] == []
