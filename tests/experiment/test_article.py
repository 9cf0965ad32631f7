"""The article's table on the simulator: within the stated errors, and equal to the closed form it was fitted with."""

from __future__ import annotations

import pytest

from profiler.devices.sim.model import load_gpu
from profiler.experiment.article import ArticleTable, run_article
from profiler.experiment.published import ARTICLE
from profiler.experiment.validation import serial_times
from profiler.workload.networks import network


@pytest.fixture(scope="module")
def table() -> ArticleTable:
    return run_article()


def test_every_cell_and_ratio_of_the_article_is_there(table: ArticleTable) -> None:
    assert [cell.figure for cell in table.cells] == list(ARTICLE.figures)
    assert len(table.ratios) == 6
    printed = {("resnet50", 128): 3.28, ("resnet50", 1): 1.35, ("vgg19", 128): 2.79, ("googlenet", 128): 2.91}
    for ratio in table.ratios:
        wanted = printed.get((ratio.network, ratio.batch), ratio.published)
        assert ratio.published == pytest.approx(wanted, abs=0.01)


def test_mean_errors_are_within_what_is_claimed(table: ArticleTable) -> None:
    assert table.cell_error <= 0.15
    assert table.ratio_error <= 0.20


def test_the_simulator_equals_the_closed_form_of_a_serial_request(table: ArticleTable) -> None:
    gpu = load_gpu(ARTICLE.gpu)
    for cell in table.cells:
        figure = cell.figure
        times = serial_times(network(figure.network, figure.precision), figure.batch, gpu)
        assert cell.kernels_only == pytest.approx(ARTICLE.in_unit(figure.batch, times.kernels_ns), rel=1e-9)
        assert cell.end_to_end == pytest.approx(ARTICLE.in_unit(figure.batch, times.end_to_end_ns), rel=1e-9)


def test_each_network_loses_gain_at_batch_1_and_the_parts_add_up(table: ArticleTable) -> None:
    assert [row.workload for row in table.lost] == ["resnet50", "vgg19", "googlenet"]
    for row in table.lost:
        assert row.loss.gain < row.loss.reference_gain
        assert row.loss.lost_ns == row.loss.compute_ns + row.loss.transfer_ns + row.loss.launch_ns
