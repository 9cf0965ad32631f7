"""No committed text holds a conflict marker, a path of somebody's machine, a silenced check or a promise.

The patterns are put together from pieces, so that this file does not match itself.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers.project import ROOT, in_ci

#: Folders under the root that hold people's or machines' own files.
PRIVATE_FOLDERS = ("home", "root", "Users", "work", "workspace", "mnt")

#: This checkout and the user's home, unless they are too short to be told from ordinary text.
PLACES_HERE = [re.escape(str(place)) for place in (ROOT, Path.home()) if len(place.parts) > 2]

NOT_PART_OF_A_LONGER_PATH = r"(?<![\w./~}>)-])"

EVERYWHERE = {
    "conflict marker": re.compile(r"^(<{7}|>{7}|\|{7})( |$)|^={7}$", re.MULTILINE),
    "machine path": re.compile(
        rf"{NOT_PART_OF_A_LONGER_PATH}(/({'|'.join(PRIVATE_FOLDERS)})\b|{'|'.join([*PLACES_HERE, '(?!)'])})"
    ),
}

IN_PYTHON = {
    "silenced check": re.compile(rf"#\s*(type:\s*{'ig' + 'nore'}|{'no' + 'qa'}|{'pragma' + ':'})"),
    "promise": re.compile(rf"\b({'TO' + 'DO'}|{'FIX' + 'ME'}|{'XX' + 'X'})\b"),
}


def _committed() -> list[Path]:
    """Files that git has or would take, as paths in the checkout."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        if in_ci():
            pytest.fail(result.stderr)
        pytest.skip("not a git checkout")
    return [ROOT / name for name in result.stdout.split("\0") if name and (ROOT / name).is_file()]


def _findings(text: str, suffix: str) -> list[str]:
    patterns = {**EVERYWHERE, **(IN_PYTHON if suffix == ".py" else {})}
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {name}: {match.group(0).strip()}"
        for name, pattern in patterns.items()
        for match in pattern.finditer(text)
    ]


def test_no_committed_text_holds_what_it_must_not() -> None:
    files = _committed()
    assert len(files) > 10
    findings = []
    for path in files:
        data = path.read_bytes()
        if b"\0" not in data:
            lines = _findings(data.decode("utf-8", "replace"), path.suffix)
            findings += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 7 + " ours\n",
        "a\n" + "=" * 7 + "\nb\n",
        "see " + "/".join(("", "home", "ada", "trace.json")),
        "in '" + "/".join(("", "work", "main")) + "'",
        f"path = {ROOT}",
        "x = 1  # type: " + "ignore",
        "# TO" + "DO later",
    ],
)
def test_each_kind_is_found(text: str) -> None:
    assert len(_findings(text, ".py")) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "/".join(("a", "work", "b")),
        "https://example.org/home/page",
        "/".join(("net", "root", "x")),
        "== table ==\n=====\n",
        "homework",
        "to do",
        "(s)/root",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert _findings(text, ".py") == []
