"""Files that cannot be read, given to the real program: one line, exit code 3, nothing more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.window

MAIN = "import sys; from profiler.cli import main; sys.exit(main())"


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
    command = [sys.executable, "-c", MAIN, "view", str(path), "--screenshot", str(tmp_path / "window.png")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("lanescope: error: ")
    assert said in line
    assert "\u202e" not in line
    assert line.count(path.suffix) == 1
