"""Measurements that others published, with their sources: what the simulator is held against.

Every figure is of a real GPU and of somebody else's run. docs/validation.md shows what the simulator makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiler.units import NS_PER_MS, NS_PER_S


@dataclass(frozen=True, slots=True)
class Figure:
    """One published cell.

    Attributes
    ----------
    network, precision : str
    batch : int
        Images of one request.
    value : float
        As printed, in the unit of its `PublishedTable`.
    """

    network: str
    precision: str
    batch: int
    value: float


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """Figures of one source on one GPU.

    Attributes
    ----------
    name : str
    gpu : str
        The shipped GPU file that stands for the source's GPU.
    unit : str
        ``images/s`` or ``ms`` (of one batch).
    source : str
        Where the figures were printed, and what is known about how they were taken.
    figures : tuple of Figure
    """

    name: str
    gpu: str
    unit: str
    source: str
    figures: tuple[Figure, ...]

    def in_unit(self, batch: int, time_ns: float) -> float:
        """The time of a batch, expressed in the table's unit."""
        return batch * NS_PER_S / time_ns if self.unit == "images/s" else time_ns / NS_PER_MS


def _by_batch(network: str, precision: str, values: Mapping[int, float]) -> tuple[Figure, ...]:
    return tuple(Figure(network, precision, batch, value) for batch, value in values.items())


ARTICLE = PublishedTable(
    name="the article",
    gpu="titan-x-pascal",
    unit="images/s",
    source=(
        "An article on why quantization does, or does not, speed a network up; TensorRT, GPU not named. Its accuracy "
        "figures match NVIDIA's GTC 2017 talk on 8-bit inference, so a TITAN X (Pascal) stands for the GPU."
    ),
    figures=(
        *_by_batch("resnet50", "fp32", {128: 1156, 1: 415}),
        *_by_batch("resnet50", "int8", {128: 3787, 1: 562}),
        *_by_batch("vgg19", "fp32", {128: 339, 1: 211}),
        *_by_batch("vgg19", "int8", {128: 946, 1: 345}),
        *_by_batch("googlenet", "fp32", {128: 2499, 1: 913}),
        *_by_batch("googlenet", "int8", {128: 7282, 1: 945}),
    ),
)

V100 = PublishedTable(
    name="V100, TensorRT 4",
    gpu="v100",
    unit="ms",
    source=(
        "gist.github.com/1duo/efd3be1dc8eb2c45863b75f20a76f8b2, TensorRT 4.0.0.3, CUDA 9.0, Caffe ResNet-50. The rows "
        "of INT8 above batch 40 are cut off in the copy that could be read."
    ),
    figures=(
        *_by_batch(
            "resnet50",
            "fp32",
            {
                1: 2.677,
                2: 4.083,
                4: 6.082,
                8: 8.276,
                16: 13.054,
                32: 23.133,
                40: 27.964,
                64: 42.533,
                128: 80.563,
                256: 160.733,
            },
        ),
        *_by_batch("resnet50", "int8", {1: 1.223, 2: 1.715, 4: 2.450, 8: 2.908, 16: 4.264, 32: 6.785, 40: 8.219}),
    ),
)

T4 = PublishedTable(
    name="T4, PyTorch",
    gpu="t4",
    unit="ms",
    source=(
        "NVIDIA/DeepLearningExamples at 291f0d02e815b148fa5c2b81bf07aa3552142895, ResNet-50 v1.5 in PyTorch (21.03), "
        "README. Below batch 16 its launches take longer than its kernels, which says nothing about the GPU."
    ),
    figures=_by_batch("resnet50", "fp32", {16: 39.77, 32: 77.62, 64: 152.73, 128: 309.26, 256: 635.98}),
)

TABLES = (ARTICLE, V100, T4)
