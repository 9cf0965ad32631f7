"""What the numerics stage compares by, without a GPU."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.experiment.gpu_check.numerics import likeness, relative_error
from profiler.experiment.gpu_check.torchvision_models import residual_place
from profiler.workload.networks.layers import CONV, FC
from profiler.workload.networks.lowering import network_nodes


def test_the_error_is_relative_to_what_was_expected() -> None:
    expected = np.array([[3.0, 4.0]], np.float32)
    assert relative_error(expected, expected.ravel()) == 0
    assert relative_error(expected, np.array([3.0, 3.0], np.float32)) == pytest.approx(1 / 5)
    assert relative_error(np.zeros(2, np.float32), np.ones(2, np.float32)) == 1


def test_likeness_of_a_result_and_a_tenth_of_noise() -> None:
    wide = np.array([1.0, 0.0], np.float32)
    found = likeness(wide, np.array([1.0, 0.1], np.float32))
    assert found["sqnr_db"] == pytest.approx(20, abs=0.01)
    assert found["cosine"] == pytest.approx(1 / np.sqrt(1.01), rel=1e-6)


def test_layers_of_the_residual_network_have_places_of_their_own() -> None:
    names = [node.name for node in network_nodes("resnet50") if node.layer.op in (CONV, FC)]
    places = {residual_place(name) for name in names}
    assert len(places) == len(names) == 54
    assert {"conv1", "fc", "layer1.0.downsample.0", "layer3.5.conv3", "layer4.2.conv2"} <= places
    assert "layer1.1.downsample.0" not in places
