"""``lanescope devices``: every GPU that can be named, with numbers that are those of its file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from profiler.cli import app
from profiler.devices.base import DeviceInfo
from profiler.devices.sim.model import load_gpu

SHIPPED = sorted(
    (file for file in (resources.files("profiler.devices.sim") / "gpus").iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)
EXAMPLE = Path(__file__).parents[2] / "examples" / "my-gpu.toml"


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU is there, whatever machine this is."""
    monkeypatch.setattr("profiler.devices.registry.list_devices", list)
    monkeypatch.setattr("profiler.devices.registry.count_gpus", lambda: 0)


def texts(table: dict[str, Any]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, dict):
            yield from texts(value)
        else:
            yield value


@pytest.mark.usefixtures("no_gpu")
def test_json_has_the_numbers_of_every_shipped_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["devices", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["devices"]

    assert [row["device"] for row in listed] == [f"sim:{file.name.removesuffix('.toml')}" for file in SHIPPED]
    for row, file in zip(listed, SHIPPED, strict=True):
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        numbers = {key: written[key] for key in row if key in written and key != "name"}
        assert numbers == {key: row[key] for key in numbers}
        assert len(numbers) == 7
        sources = [text for text in texts(written["source"]) if text != written["source"]["name"]]
        assert row["sourced"] + row["assumed"] == len(sources)
        assert row["assumed"] == sum("assumed" in text.lower() for text in sources)
        assert row["simulated"] is True


@pytest.mark.usefixtures("no_gpu")
def test_the_text_names_each_and_says_that_no_gpu_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["devices"]) == 0
    text = capsys.readouterr().out

    assert text.startswith("No GPU was found: --device auto simulates one.\n")
    for file in SHIPPED:
        (line,) = [line for line in text.splitlines() if line.startswith(f"sim:{file.name.removesuffix('.toml')} ")]
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        assert written["source"]["name"] in line
        assert f"{written['htod_gb_per_s']:g}" in line


def test_gpus_that_cannot_be_used_are_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("profiler.devices.registry.list_devices", list)
    monkeypatch.setattr("profiler.devices.registry.count_gpus", lambda: 2)

    assert app.run(["devices"]) == 0
    assert capsys.readouterr().out.startswith("The driver shows 2 GPUs, which are not used yet: --device auto ")


def test_a_real_gpu_stands_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    info = DeviceInfo("cuda:0", "A GPU", simulated=False, copy_engines=3, sm_count=132, notes=("clocks vary",))
    monkeypatch.setattr("profiler.devices.registry.list_devices", lambda: [info])

    assert app.run(["devices", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["devices"][0]
    assert first == {
        "device": "cuda:0",
        "name": "A GPU",
        "simulated": False,
        "sm_count": 132,
        "copy_engines": 3,
        "notes": ["clocks vary"],
    }
    assert app.run(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "GPUs of this machine"
    assert any(line.split() == ["cuda:0", "A", "GPU", "132", "3"] for line in lines)


def test_the_example_gpu_has_the_required_keys_and_costs_nothing_else() -> None:
    gpu = load_gpu(str(EXAMPLE))

    assert (gpu.name, gpu.copy_engines, gpu.htod_gb_per_s, gpu.sm_count) == ("my-gpu", 2, 25, 100)
    assert gpu.kernel_fixed_us == gpu.call_us.launch == gpu.copy_overhead_us == 0
    assert gpu.duplex_factor == 1
