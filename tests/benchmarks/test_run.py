"""The runner takes a benchmark's last line at its word, and refuses anything less."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from benchmarks import peers, run
from benchmarks.machine import describe_machine
from benchmarks.table import render_page, render_table


def _write(folder: Path, name: str, body: str) -> Path:
    path = folder / f"bench_{name}.py"
    path.write_text(body, encoding="utf-8")
    return path


def test_the_last_line_is_the_result(tmp_path: Path) -> None:
    script = _write(tmp_path, "ok", 'print("warming up")\nprint(\'{"name": "N", "rows": [{"n": 1}]}\')\nprint()\n')
    assert run.run_benchmark(script) == {"name": "N", "rows": [{"n": 1}]}


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("", "not an object"),
        ("done", "not JSON"),
        ("[1]", "not an object"),
        ('{"rows": [{"n": 1}]}', "not an object"),
        ('{"name": "N"}', "rows"),
        ('{"name": "N", "rows": []}', "rows"),
        ('{"name": "N", "rows": [1]}', "rows"),
    ],
)
def test_anything_less_is_refused(output: str, complaint: str) -> None:
    with pytest.raises(run.BenchmarkFailed, match=complaint):
        run.parse_result(output, "bench_x.py")


def test_a_failing_script_is_refused(tmp_path: Path) -> None:
    script = _write(tmp_path, "bad", 'print(\'{"name": "N", "rows": [{"n": 1}]}\')\nraise SystemExit(3)\n')
    with pytest.raises(run.BenchmarkFailed, match="exit code 3"):
        run.run_benchmark(script)


def test_selection(tmp_path: Path) -> None:
    second, first = _write(tmp_path, "b", ""), _write(tmp_path, "a", "")
    assert run.select([], tmp_path) == [first, second]
    assert run.select(["b"], tmp_path) == [second]
    with pytest.raises(run.BenchmarkFailed, match=r"no benchmark c .*there are: a, b"):
        run.select(["c"], tmp_path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own for the runner."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(run, "HERE", tmp_path / "benchmarks")
    monkeypatch.setattr(run, "PAGE", tmp_path / "docs" / "benchmarks.md")
    return tmp_path


def test_the_page_is_written_only_when_all_ran(here: Path) -> None:
    page = here / "docs" / "benchmarks.md"
    _write(here / "benchmarks", "a", 'print(\'{"name": "Alpha", "rows": [{"n": 1}]}\')')
    assert run.main([]) == 0
    written = page.read_text(encoding="utf-8")
    assert "## Alpha" in written
    _write(here / "benchmarks", "b", "raise SystemExit(1)")
    assert run.main([]) == 1
    assert page.read_text(encoding="utf-8") == written
    assert os.listdir(here / "docs") == ["benchmarks.md"]
    assert os.listdir(here / "benchmarks" / "results") == ["a.json"]


def test_one_section_is_measured_anew_and_the_others_stay(here: Path) -> None:
    page = here / "docs" / "benchmarks.md"
    for name in ("a", "b"):
        _write(here / "benchmarks", name, f'print(\'{{"name": "{name}", "rows": [{{"n": 1}}]}}\')')
    assert run.main([]) == 0
    _write(here / "benchmarks", "b", 'print(\'{"name": "b", "rows": [{"n": 2}]}\')')
    assert run.main(["b"]) == 0
    written = page.read_text(encoding="utf-8")
    assert [line for line in written.splitlines() if line in ("## a", "## b", "| 1 |", "| 2 |")] == [
        "## a", "| 1 |", "## b", "| 2 |"
    ]  # fmt: skip
    assert written.count("Measured on 20") == 2


def test_a_section_of_another_machine_says_so() -> None:
    here = describe_machine()
    other = {"on": "2026-01-02", "commit": "abc1234", "machine": {**here, "processor": "Abacus 2"}}
    result = {"name": "N", "rows": [{"n": 1}], "measured": other}
    line = next(line for line in render_page([result], here).splitlines() if line.startswith("Measured"))
    assert line.startswith("Measured on 2026-01-02 at commit abc1234 on another machine: Abacus 2, ")
    result = {**result, "measured": {**other, "machine": here}}
    assert "Measured on 2026-01-02 at commit abc1234.\n" in render_page([result], here)


def test_peers_are_installed_once_and_named_to_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = tmp_path / "env"
    python = environment / "bin" / "python"
    python.parent.mkdir(parents=True)
    calls = tmp_path / "calls"
    python.write_text(f'#!/bin/sh\necho "$@" >>"{calls}"\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(peers, "ENVIRONMENT", environment)
    body = 'import json, os\nrow = {"p": os.environ.get("LANESCOPE_BENCH_PYTHON")}\n'
    body += 'print(json.dumps({"name": "N", "rows": [row]}))'
    script = _write(tmp_path, "p", body)
    assert run.run_benchmark(script)["rows"] == [{"p": None}]
    script.with_suffix(".peers.txt").write_text("six==1.17.0\n", encoding="utf-8")
    for _ in range(2):
        assert run.run_benchmark(script)["rows"] == [{"p": str(python)}]
    assert calls.read_text(encoding="utf-8").count("-m pip install") == 1
    script.with_suffix(".peers.txt").write_text("six==1.16.0\n", encoding="utf-8")
    run.run_benchmark(script)
    assert calls.read_text(encoding="utf-8").count("-m pip install") == 2


def test_peers_that_cannot_be_installed_are_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(peers, "ENVIRONMENT", tmp_path / "env")
    script = _write(tmp_path, "p", "")
    script.with_suffix(".peers.txt").write_text("no-such-package==1\n", encoding="utf-8")
    with pytest.raises(run.BenchmarkFailed, match="peers cannot be installed"):
        run.run_benchmark(script)


def test_table() -> None:
    rows = [{"tool": "a|b", "n": 1234567, "ms": 0.123456}, {"tool": "c", "n": None, "ok": True}]
    assert render_table(rows) == [
        "| tool | n | ms | ok |",
        "|---|---:|---:|---|",
        "| a\\|b | 1,234,567 | 0.1235 | – |",
        "| c | – | – | yes |",
    ]


def test_page_names_machine_and_versions() -> None:
    machine = describe_machine()
    assert all(machine.values())
    result = {"name": "N", "about": "How.", "versions": {"simpy": "4.1.2"}, "rows": [{"n": 1}]}
    page = render_page([result], machine)
    assert f"| processor | {machine['processor']} |" in page
    assert "Versions: simpy 4.1.2." in page
