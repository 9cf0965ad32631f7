"""The same networks as torchvision builds them, with the same weights: a reference that shares no line with this one.

VGG-19 is the same network there. ResNet-50 differs in where it strides and in how it pads one pooling layer, which is
set here as the table has it; batch normalisation is folded into our weights, so there it does nothing but add the bias.
GoogLeNet there has batch normalisation and no local response normalisation: another network.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.workload.networks.layers import CONV, FC, MAX_POOL, SOFTMAX, Node
from profiler.workload.networks.lowering import network_nodes
from profiler.workload.networks.parameters import Parameters

Float = npt.NDArray[np.float32]

#: Where torchvision keeps the convolutions of a bottleneck that our table calls branches.
_BRANCHES = {"branch2a": "conv1", "branch2b": "conv2", "branch2c": "conv3", "branch1": "downsample.0"}


def torchvision_output(name: str, parameters: Mapping[str, Parameters], images: Float) -> Float | None:
    """FP32 output of torchvision's network on the CPU, one row an image; None where it has none that is the same.

    Returns None too where torchvision is not installed.
    """
    if importlib.util.find_spec("torchvision") is None or name not in _PLACES:
        return None
    torch: Any = importlib.import_module("torch")
    models: Any = importlib.import_module("torchvision.models")
    model = getattr(models, name)(weights=None).eval()
    nodes = network_nodes(name)
    with torch.no_grad():
        _fill(torch, model, nodes, parameters, _PLACES[name](model, nodes))
        output = model(torch.from_numpy(images))
        if nodes[-1].layer.op == SOFTMAX:
            output = torch.softmax(output, dim=1)
    found: Float = output.numpy().astype(np.float32)
    return found


def _fill(
    torch: Any, model: Any, nodes: tuple[Node, ...], parameters: Mapping[str, Parameters], places: dict[str, str]
) -> None:
    """Put weights, biases, strides and paddings of our table into the model."""
    modules = dict(model.named_modules())
    for node in nodes:
        if node.name not in places:
            continue
        module, own = modules[places[node.name]], parameters[node.name]
        module.weight.copy_(torch.from_numpy(own.weights.reshape(tuple(module.weight.shape))))
        bias = torch.from_numpy(own.bias)
        if node.layer.op == CONV:
            module.stride = (node.layer.stride,) * 2
            module.padding = (node.layer.pad,) * 2
        if module.bias is not None:
            module.bias.copy_(bias)
        else:
            _only_add(modules[_normalisation_of(places[node.name])], bias)


def _only_add(normalisation: Any, bias: Any) -> None:
    """Let a batch normalisation pass its input on, plus a bias."""
    normalisation.running_mean.zero_()
    normalisation.running_var.fill_(1)
    normalisation.weight.fill_((1 + normalisation.eps) ** 0.5)
    normalisation.bias.copy_(bias)


def _normalisation_of(convolution: str) -> str:
    """``layer1.0.conv2`` to ``layer1.0.bn2``, ``layer1.0.downsample.0`` to ``layer1.0.downsample.1``."""
    if convolution.endswith("downsample.0"):
        return f"{convolution[:-1]}1"
    return convolution.replace("conv", "bn")


def _in_order(model: Any, nodes: tuple[Node, ...]) -> dict[str, str]:
    """Layers with weights, which both have in one order."""
    ours = [node.name for node in nodes if node.layer.op in (CONV, FC)]
    theirs = [place for place, module in model.named_modules() if getattr(module, "weight", None) is not None]
    return dict(zip(ours, theirs, strict=True))


def residual_places(model: Any, nodes: tuple[Node, ...]) -> dict[str, str]:
    """Layers of ResNet-50 by our names to theirs; its pooling is made as ours is."""
    for node in nodes:
        if node.layer.op == MAX_POOL:
            pool = model.maxpool
            pool.kernel_size, pool.stride, pool.padding = node.layer.window, node.layer.stride, node.layer.pad
            pool.ceil_mode = True
    return {node.name: residual_place(node.name) for node in nodes if node.layer.op in (CONV, FC)}


def residual_place(name: str) -> str:
    """``res3b_branch2a`` to ``layer2.1.conv1``; the first and the last layer have names of their own."""
    if not name.startswith("res"):
        return "fc" if name.startswith("fc") else "conv1"
    block, _, branch = name.partition("_")
    return f"layer{int(block[3]) - 1}.{ord(block[4]) - ord('a')}.{_BRANCHES[branch]}"


_PLACES = {"vgg19": _in_order, "resnet50": residual_places}
