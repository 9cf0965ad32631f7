"""Runs on a real device's own code over a fake driver, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.workers.context import Context, Held
from gui.workers.jobs import Rank, Run, Simulate
from gui.workers.tasks.running import run
from profiler.experiment.spec import ScenarioSpec
from profiler.io.shared_arrow import open_shared
from profiler.plan.model import StreamConfig
from tests.gui.workers.conftest import Workers
from tests.helpers.fake_driver.device import fake_environment


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "kernels"))


@pytest.fixture
def fake_gpu() -> Iterator[None]:
    with fake_environment():
        yield


def on_gpu(strategy: str = "depth-first", repeats: int = 3) -> ScenarioSpec:
    config = StreamConfig(chunks=2)
    return ScenarioSpec("sum-float32", 4, strategy, device="cuda:0", config=config, repeats=repeats)


@pytest.mark.usefixtures("fake_gpu")
@pytest.mark.parametrize("strategy", ["depth-first", "graph"])
def test_a_run_on_a_gpu_is_handed_over(workers: Workers, strategy: str) -> None:
    found = workers.result(Run(spec=on_gpu(strategy)))
    assert found.figures["device"] == "cuda:0"
    assert not found.figures["simulated"]
    assert found.figures["repeats"] == 3
    trace = open_shared(found.trace)
    assert set(trace["request"][trace["request"] >= 0].tolist()) == set(range(found.figures["requests"] * 3))
    assert found.whole


@pytest.mark.usefixtures("fake_gpu")
def test_a_run_on_a_gpu_is_cancelled_and_the_next_one_runs(workers: Workers) -> None:
    ticket = workers.submit(Run(spec=on_gpu(repeats=100_000)))
    workers.until(lambda: ticket.number in workers.partials)
    first = workers.partials[ticket.number][0]
    assert 0 < first.figures["repeats"] < 100_000
    before = [worker.pid for worker in workers.pool.workers]
    ticket.cancel()
    assert workers.result(Run(spec=on_gpu())).figures["repeats"] == 3
    # What was interrupted at any step may have left the device in the middle of one.
    assert not set(before) & {worker.pid for worker in workers.pool.workers}


def test_a_run_whose_repeats_are_over_says_that_it_is_being_drawn(tmp_path: Path) -> None:
    said: list[tuple[float | None, str]] = []
    context = Context(tmp_path, Held(), lambda share, text: said.append((share, text)), lambda _: None)
    run(Run(spec=ScenarioSpec("sum-float32", 4, device="sim:t4", repeats=5)), context)
    assert said[0] == (0.0, "starting")
    # However soon after the last repeat: that the end is not known any more is not left out.
    assert said[-1] == (None, "drawing it")


def test_a_gpu_that_is_not_there_is_explained(workers: Workers, tmp_path: Path) -> None:
    failure = workers.failure(Run(spec=ScenarioSpec("sum-float32", 4, device="cuda:63")))
    assert failure.kind == "DeviceError"
    assert failure.remedy


@pytest.mark.parametrize("device", ["cuda:0", "auto"])
def test_nothing_but_run_starts_a_gpu(workers: Workers, device: str) -> None:
    spec = ScenarioSpec("sum-float32", 4, device=device)
    for job in (Simulate(spec=spec), Rank(spec=spec)):
        failure = workers.failure(job)
        assert failure.kind == "UsageError"
        assert "real device" in failure.what


def test_a_graph_without_a_base_takes_the_fastest(workers: Workers) -> None:
    config = StreamConfig(chunks=4)
    spec = ScenarioSpec("sum-float32", 16, "graph", device="sim:h100-sxm", config=config, repeats=2)
    found = workers.result(Run(spec=spec))
    assert found.figures["base"] == workers.result(Simulate(spec=spec)).figures["base"]
