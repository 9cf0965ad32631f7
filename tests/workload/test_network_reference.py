"""The networks' reference results, weights and INT8, against definitions written out."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.workload.networks import NETWORKS, network
from profiler.workload.networks.layers import CONCAT, CONV, FC, IMAGE, MAX_POOL, Layer, Shape, conv, infer, pool
from profiler.workload.networks.lowering import IMAGE_SHAPE, float_results, fused, network_nodes
from profiler.workload.networks.packing import pack_fp32, pack_int8, random_weights, winograd_weights
from profiler.workload.networks.parameters import prepared, random_parameters, sample_images, weight_shape
from profiler.workload.networks.quantization import (
    QuantizedLayer,
    activation_steps,
    product_int8,
    quantization,
    run_int8,
    saturated,
    to_bytes,
)
from profiler.workload.networks.reference import run_fp32
from tests.helpers import references
from tests.helpers.error_bounds import bounded_layer
from tests.helpers.toy_network import TOY_IMAGE, toy_nodes

NODES = toy_nodes()


def test_every_layer_of_a_network_in_fp32() -> None:
    parameters = random_parameters(NODES, seed=3)
    results = run_fp32(NODES, parameters, prepared(sample_images(2, TOY_IMAGE, seed=4), "fp32"))
    for node in NODES:
        if node.layer.op == CONCAT:
            assert (results[node.name] == np.concatenate([results[one] for one in node.layer.inputs], axis=1)).all()
            continue
        source, residual = results[node.layer.inputs[0]], results.get(node.layer.add)
        exact, error = bounded_layer(node, source, parameters.get(node.name), residual)
        # A softmax here is computed in double precision; it is rounded once all the same.
        assert (np.abs(results[node.name] - exact) <= error + references.UNIT * np.abs(exact)).all(), node.name


@pytest.mark.parametrize("relu", [False, True])
def test_a_layer_of_bytes(relu: bool) -> None:
    table = [
        conv("other", IMAGE, 5, 3, stride=2, pad=1),
        conv("own", IMAGE, 5, 3, stride=2, pad=1, relu=relu, add="other"),
    ]
    node = infer(table, Shape(6, 7, 5))[1]
    random = np.random.default_rng(5)
    source, weights, residual = (
        random.integers(-128, 128, shape, dtype=np.int8) for shape in ((2, 6, 7, 5), (5, 6, 3, 3), (2, 5, 4, 3))
    )
    scale, bias = random.random(5, np.float32) / 500, random.standard_normal(5, np.float32)
    layer = QuantizedLayer(weights, scale, bias, 0.375)
    expected = references.requantized(references.convolution(source, weights, 2, 1), scale, bias, residual, 0.375, relu)
    assert (product_int8(node, source, layer, residual) == expected).all()


def test_rounding_and_saturation() -> None:
    values = np.array([-1e30, -128.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 126.5, 127.5, 1e30], np.float32)
    assert saturated(values).tolist() == [-128, -128, -2, -2, 0, 0, 2, 2, 126, 127, 127]
    assert (saturated(values) == references.as_bytes(values)).all()
    assert to_bytes(np.array([3.0], np.float32), 0.25).tolist() == [12]


def test_parts_of_a_join_and_both_sides_of_a_pool_share_a_step() -> None:
    table = [
        conv("a", IMAGE, 4, 1), conv("b", IMAGE, 4, 1), Layer("ab", CONCAT, ("a", "b")), pool("p", "ab", MAX_POOL, 2),
        conv("c", "p", 4, 1),
    ]  # fmt: skip
    nodes = infer(table, Shape(1, 4, 4))
    peaks = {IMAGE: 1.0, "a": 2.0, "b": 254.0, "ab": 254.0, "p": 200.0, "c": 0.0}
    activations = {name: np.full((1, 1, 1, 1), peak, np.float32) for name, peak in peaks.items()}
    steps = activation_steps(nodes, activations)
    assert {steps[name] for name in ("a", "b", "ab", "p")} == {2.0}
    assert steps[IMAGE] == np.float32(1 / 127)
    assert steps["c"] > 0, "a layer that is never anything but zero has a step all the same"


@pytest.mark.parametrize("input_format", ["fp32", "uint8"])
def test_int8_is_close_to_fp32(input_format: str) -> None:
    """On images it was not calibrated with; the worst of an 8-bit step a layer is far above these figures."""
    parameters = random_parameters(NODES)
    known = prepared(sample_images(4, TOY_IMAGE, input_format, seed=1), input_format)
    quantized = quantization(NODES, parameters, run_fp32(NODES, parameters, known), float_results(NODES))
    fresh = prepared(sample_images(16, TOY_IMAGE, input_format, seed=2), input_format)
    exact = run_fp32(NODES, parameters, fresh)["fc2"].ravel().astype(np.float64)
    actual = run_int8(NODES, quantized, fresh)["fc2"].ravel().astype(np.float64)
    cosine = exact @ actual / np.linalg.norm(exact) / np.linalg.norm(actual)
    signal_to_noise_db = 10 * np.log10((exact @ exact) / ((exact - actual) @ (exact - actual)))
    assert cosine > 0.998
    assert signal_to_noise_db > 25


def test_parameters_are_fixed_and_keep_the_size_of_results() -> None:
    nodes = network_nodes("googlenet")
    first, again, other = random_parameters(nodes), random_parameters(nodes), random_parameters(nodes, seed=1)
    for node in nodes:
        if node.layer.op not in (CONV, FC):
            assert node.name not in first
            continue
        weights = first[node.name].weights
        assert (weights == again[node.name].weights).all()
        assert (weights != other[node.name].weights).any()
        assert weights.shape == weight_shape(node)
        inputs = weights[0].size
        assert weights.std() == pytest.approx(np.sqrt((2 if node.layer.relu else 1) / inputs), rel=0.1)


def test_both_input_formats_show_the_same_pictures() -> None:
    floats = sample_images(2, TOY_IMAGE, "fp32", seed=9)
    decoded = sample_images(2, TOY_IMAGE, "uint8", seed=9)
    assert decoded.dtype == np.uint8
    assert (prepared(decoded, "uint8") == floats).all()
    assert (prepared(floats, "fp32") == floats).all()
    assert np.abs(floats).max() <= 2


def test_packed_weights_have_the_size_that_costs_count() -> None:
    nodes = network_nodes("googlenet")
    parameters = random_parameters(nodes)
    assert pack_fp32(nodes, parameters, "fp32").content.nbytes == network("googlenet").weight_bytes
    for precision in ("fp32", "int8"):
        packed = random_weights(NODES, TOY_IMAGE, precision, "uint8")
        assert packed.scalars["ingest"]["offset"] == 127.5
        assert ("inverse_step" in packed.scalars["ingest"]) == (precision == "int8")


def test_winograd_weights_by_hand() -> None:
    weights = np.zeros((1, 1, 3, 3), np.float32)
    weights[0, 0, 1, 1] = 4
    column = np.array([0, 1, -1, 0])
    assert (winograd_weights(weights)[0, :, 0].reshape(4, 4) == np.outer(column, column)).all()


def test_siblings_are_packed_side_by_side() -> None:
    nodes = infer([conv("a", IMAGE, 4, 1), conv("b", IMAGE, 8, 1)], Shape(4, 3, 3))
    (joined,) = fused(nodes)
    assert joined.layer.filters == 12
    parameters = random_parameters(nodes)
    words = pack_fp32(nodes, parameters, "fp32").content.view(np.float32)
    both = [parameters["a"], parameters["b"]]
    assert (words[: 12 * 4] == np.concatenate([one.weights.ravel() for one in both])).all()
    assert (words[12 * 4 :] == np.concatenate([one.bias for one in both])).all()
    steps = {IMAGE: 0.5, "a": 1.0, "b": 2.0}
    peaks = {name: np.full((1, 1, 1, 1), 127 * step, np.float32) for name, step in steps.items()}
    packed = pack_int8(nodes, quantization(nodes, parameters, peaks, frozenset()), "fp32").content
    scales = packed[12 * 4 : 12 * 4 + 12 * 4].view(np.float32)
    largest = np.concatenate([np.abs(one.weights).max(axis=(1, 2, 3)) for one in both])
    expected = 0.5 * largest / 127 / np.repeat([1.0, 2.0], [4, 8])
    np.testing.assert_allclose(scales, expected, rtol=1e-6)


def test_image_shape_is_that_of_the_networks() -> None:
    assert all(network_nodes(name)[0].source == IMAGE_SHAPE for name in NETWORKS)
