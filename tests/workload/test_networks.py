"""The networks add up to what was published about them, and their kernels to what the tables say."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.workload.model import EFFICIENCY_CLASSES, INPUT_FORMATS, PRECISIONS, KernelCall
from profiler.workload.networks import NETWORKS, network, summary
from profiler.workload.networks.layers import CONV, FC, Shape

EVERY = [(name, precision, form) for name in NETWORKS for precision in PRECISIONS for form in INPUT_FORMATS]

#: Parameters exactly: torchvision's model cards for ResNet-50 and VGG-19, the Caffe model for GoogLeNet (torchvision's
#: has another 5x5 branch). Multiply-adds in 10^9: 3.8 in ResNet's paper for version 1, 19.6 for VGG-19, 1.5 and 1.6 in
#: the texts on GoogLeNet, without and with the rounded-up pooling.
PUBLISHED = {
    "resnet50": (25_557_032, 3.8, 3.9),
    "vgg19": (143_667_240, 19.6, 19.7),
    "googlenet": (6_998_552, 1.5, 1.6),
}


def shapes(name: str) -> dict[str, Shape]:
    return {node.name: node.result for node in summary(name).layers}


def by_name(name: str, precision: str, samples: int = 1, form: str = "fp32") -> dict[str, KernelCall]:
    return {kernel.name: kernel for kernel in network(name, precision, form).kernels(samples)}


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_multiply_adds_are_the_published_ones(name: str) -> None:
    parameters, least, most = PUBLISHED[name]
    total = summary(name)
    assert total.parameters == parameters
    assert least <= total.macs / 1e9 <= most


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("resnet50", "conv1", (64, 112, 112)),
        ("resnet50", "pool1", (64, 56, 56)),
        ("resnet50", "res2c_branch2c", (256, 56, 56)),
        ("resnet50", "res3a_branch2a", (128, 28, 28)),
        ("resnet50", "res4f_branch2b", (256, 14, 14)),
        ("resnet50", "res5c_branch2c", (2048, 7, 7)),
        ("resnet50", "pool5", (2048, 1, 1)),
        ("vgg19", "conv1_2", (64, 224, 224)),
        ("vgg19", "pool5", (512, 7, 7)),
        ("vgg19", "fc6", (4096, 1, 1)),
        ("googlenet", "pool1/3x3_s2", (64, 56, 56)),
        ("googlenet", "pool2/3x3_s2", (192, 28, 28)),
        ("googlenet", "inception_3a/output", (256, 28, 28)),
        ("googlenet", "inception_3b/output", (480, 28, 28)),
        ("googlenet", "inception_4e/output", (832, 14, 14)),
        ("googlenet", "inception_5b/output", (1024, 7, 7)),
        ("googlenet", "pool5/7x7_s1", (1024, 1, 1)),
    ],
)
def test_shapes_are_the_published_ones(name: str, layer: str, shape: tuple[int, int, int]) -> None:
    assert shapes(name)[layer] == Shape(*shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_result_is_a_thousand_probabilities(name: str) -> None:
    assert list(shapes(name).items())[-1] == ("prob", Shape(1000, 1, 1))


def test_version_1_has_the_stride_in_the_first_1x1() -> None:
    layers = {node.name: node.layer for node in summary("resnet50").layers}
    assert layers["res3a_branch2a"].stride == 2
    assert layers["res3a_branch2b"].stride == 1
    assert layers["res3a_branch1"].stride == 2


@pytest.mark.parametrize(("name", "precision", "form"), EVERY)
def test_a_sample_is_one_image_in_and_a_thousand_floats_out(name: str, precision: str, form: str) -> None:
    workload = network(name, precision, form)
    assert workload.input_bytes == {"fp32": 602_112, "uint8": 150_528}[form]
    assert workload.output_bytes == 4000
    assert (workload.name, workload.precision, workload.input_format) == (name, precision, form)


@pytest.mark.parametrize("samples", [1, 3, 128])
@pytest.mark.parametrize(("name", "precision", "form"), EVERY)
def test_the_first_kernel_reads_each_input_byte_once_and_the_last_writes_the_output(
    name: str, precision: str, form: str, samples: int
) -> None:
    workload = network(name, precision, form)
    first, *_, last = workload.kernels(samples)
    assert first.read_bytes == samples * workload.input_bytes
    assert last.write_bytes == samples * workload.output_bytes


@pytest.mark.parametrize(("name", "precision", "form"), EVERY)
@given(samples=st.integers(1, 300))
def test_work_grows_with_the_batch_and_only_with_it(name: str, precision: str, form: str, samples: int) -> None:
    workload = network(name, precision, form)
    one, many = workload.kernels(1), workload.kernels(samples)
    assert [kernel.name for kernel in many] == [kernel.name for kernel in one]
    for small, large in zip(one, many, strict=True):
        assert large.flops == samples * small.flops
        assert large.write_bytes == samples * small.write_bytes
        assert small.read_bytes <= large.read_bytes <= samples * small.read_bytes


@pytest.mark.parametrize(("name", "precision", "form"), EVERY)
def test_kernels_are_such_as_a_gpu_can_launch(name: str, precision: str, form: str) -> None:
    for samples in (1, 7, 1024):
        for kernel in network(name, precision, form).kernels(samples):
            assert kernel.efficiency_class in EFFICIENCY_CLASSES
            assert 32 <= kernel.threads <= 1024
            assert kernel.threads % 32 == 0
            assert kernel.registers * kernel.threads <= 65536
            assert kernel.shared_bytes <= 48 * 1024
            assert 1 <= kernel.grid[0] < 2**31
            assert 1 <= kernel.grid[1] < 2**16
            assert kernel.entry
            assert dict(kernel.params)["n"] == samples
            assert kernel.flops > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_products_do_the_multiply_adds_of_the_table(name: str) -> None:
    """Two operations each; but Winograd does fewer in FP32, and INT8 a fourth channel beside an image's three."""
    nodes = {node.name: node for node in summary(name).layers}
    for kernels in (by_name(name, "fp32"), by_name(name, "int8")):
        for kernel in kernels.values():
            parts = [nodes[part] for part in kernel.name.split(" || ") if part in nodes]
            macs = sum(node.macs for node in parts)
            if not macs or kernel.efficiency_class == "winograd3x3":
                continue
            padding = 4 / 3 if kernel.precision == "int8" and parts[0].source.channels == 3 else 1
            assert kernel.flops == 2 * macs * padding, kernel.name


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_with_weights_is_launched_once(name: str) -> None:
    wanted = sorted(node.name for node in summary(name).layers if node.layer.op in (CONV, FC))
    for precision in PRECISIONS:
        launched = [
            part
            for kernel in by_name(name, precision).values()
            if kernel.efficiency_class in ("direct", "pointwise", "winograd3x3", "fc")
            for part in kernel.name.split(" || ")
        ]
        assert sorted(launched) == wanted


def test_winograd_takes_a_little_more_than_four_ninths_of_the_direct_operations() -> None:
    macs = {node.name: node.macs for node in summary("vgg19").layers}
    kernels = by_name("vgg19", "fp32")
    assert kernels["conv1_1"].efficiency_class == "direct"
    for name in ("conv1_2", "conv3_1", "conv4_4"):
        assert kernels[name].efficiency_class == "winograd3x3"
        assert 4 / 9 < kernels[name].flops / (2 * macs[name]) < 0.5
    assert not any(kernel.efficiency_class == "winograd3x3" for kernel in by_name("vgg19", "int8").values())


def test_a_winograd_kernel_by_hand() -> None:
    kernel = by_name("resnet50", "fp32", samples=2)["res2a_branch2b"]
    tiles = 2 * 28 * 28
    assert kernel.grid == (49, 2, 1)
    assert kernel.flops == 2 * 16 * tiles * 64 * 64 + 32 * tiles * 64 * 2 + 24 * tiles * 64
    assert kernel.read_bytes == 4 * (2 * 64 * 56 * 56 + 64 * 64 * 16 + 64)
    assert kernel.write_bytes == 4 * 2 * 64 * 56 * 56


def test_a_convolution_with_a_residual_by_hand() -> None:
    kernel = by_name("resnet50", "int8", samples=4)["res3b_branch2c"]
    rows = 4 * 28 * 28
    assert kernel.grid == (25, 4, 1)
    assert kernel.block == (256, 1, 1)
    assert kernel.flops == 2 * rows * 128 * 512
    assert kernel.read_bytes == rows * 128 + rows * 512 + 128 * 512 + 8 * 512
    assert kernel.write_bytes == rows * 512
    assert kernel.entry == "conv_implicit_gemm_int8"
    assert dict(kernel.params) == {
        "n": 4, "c": 128, "h": 28, "w": 28, "k": 512, "r": 1, "s": 1, "stride": 1, "pad": 0, "relu": 1, "add": 1,
        "tile_rows": 128, "tile_columns": 128,
    }  # fmt: skip


def test_the_image_is_stored_with_four_channels_in_int8() -> None:
    kernels = by_name("vgg19", "int8", form="uint8")
    assert kernels["ingest"].read_bytes == 150_528
    assert kernels["ingest"].write_bytes == 4 * 224 * 224
    assert kernels["conv1_1"].read_bytes == 4 * 224 * 224 + 4 * 9 * 64 + 8 * 64


def test_1x1_siblings_become_one_launch() -> None:
    kernels = by_name("googlenet", "fp32")
    joined = kernels["inception_3a/1x1 || inception_3a/3x3_reduce || inception_3a/5x5_reduce"]
    assert dict(joined.params)["k"] == 64 + 96 + 16
    assert joined.flops == 2 * 28 * 28 * 192 * (64 + 96 + 16)
    assert "inception_3a/pool_proj" in kernels
    assert not any("output" in name for name in kernels)


def test_1x1_siblings_that_differ_in_the_clamp_stay_apart() -> None:
    kernels = by_name("resnet50", "fp32")
    assert "res2a_branch1" in kernels
    assert "res2a_branch2a" in kernels


def test_int8_converts_around_each_normalisation() -> None:
    fp32, int8 = network("googlenet").kernels(1), network("googlenet", "int8").kernels(1)
    names = [kernel.name for kernel in int8]
    at = names.index("pool1/norm1")
    assert names[at - 1 : at + 2] == ["pool1/norm1 dequantize", "pool1/norm1", "pool1/norm1 quantize"]
    values = 64 * 56 * 56
    assert [(k.read_bytes, k.write_bytes) for k in int8[at - 1 : at + 2]] == [
        (values, 4 * values),
        (4 * values, 4 * values),
        (4 * values, values),
    ]
    assert len(int8) == len(fp32) + 4


def test_int8_logits_are_floats() -> None:
    kernels = by_name("vgg19", "int8", samples=2)
    assert kernels["fc7"].write_bytes == 2 * 4096
    assert kernels["fc8"].write_bytes == 2 * 4000
    assert kernels["prob"].read_bytes == 2 * 4000


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_on_the_device(name: str) -> None:
    """INT8: a byte each and two floats a filter. FP32: four bytes each, 16 / 9 of that for Winograd's."""
    nodes = summary(name).layers
    weights = sum(node.weights for node in nodes)
    filters = sum(node.layer.filters for node in nodes)
    first = nodes[0].weights
    assert network(name, "int8").weight_bytes == weights + first // 3 + 8 * filters
    assert 4 * (weights + filters) < network(name).weight_bytes < 16 / 9 * 4 * (weights + filters)


def test_workspace_by_hand() -> None:
    """VGG-19: the two largest results stand beside each other, 64 channels of the whole image in, and out."""
    assert network("vgg19").workspace_bytes == 2 * 4 * 64 * 224 * 224
    assert network("vgg19", "int8").workspace_bytes == 2 * 64 * 224 * 224
    # GoogLeNet in INT8: the second normalisation, 192 channels of 56x56: bytes in and out, floats in and out.
    assert network("googlenet", "int8").workspace_bytes == (1 + 1 + 4 + 4) * 192 * 56 * 56
    # ResNet-50: at the end of a block of the first stage stand its shortcut, its inner result and its own.
    assert network("resnet50", "int8").workspace_bytes == (256 + 64 + 256) * 56 * 56


def test_equal_questions_have_the_same_answer_and_travel_between_processes() -> None:
    workload = network("googlenet", "int8", "uint8")
    assert workload is network("googlenet", "int8", "uint8")
    assert workload.kernels(5) is workload.kernels(5)
    copied = pickle.loads(pickle.dumps(workload))
    assert copied == workload
    assert copied.kernels(5) is workload.kernels(5)


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        (("resnet51",), "Did you mean resnet50? Choose from: resnet50, vgg19, googlenet."),
        (("vgg19", "fp16"), "Choose from: fp32, int8."),
        (("vgg19", "fp32", "jpeg"), "Choose from: fp32, uint8."),
    ],
)
def test_an_unknown_name_is_refused_with_the_choices(arguments: tuple[str, ...], listed: str) -> None:
    with pytest.raises(UsageError) as caught:
        network(*arguments)
    assert listed in str(caught.value)
    assert repr(arguments[-1]) in str(caught.value)


def test_a_summary_of_an_unknown_network_is_refused() -> None:
    with pytest.raises(UsageError, match="Choose from: resnet50"):
        summary("alexnet")
