"""The student as a sentence-transformers model: outer layers of the passage model, and one more matrix."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize

from indexer.encoders.reference_encoder import load_model
from indexer.snapshot.errors import UsageError


def build_student(folder: Path, layers: Sequence[int], dim: int, device: str) -> SentenceTransformer:
    """Return the passage model in `folder` with some of its layers only, in float32; its vectors have `dim` components.

    Attention is computed step by step: fused attention cannot be exported, and on processors its gradient takes three
    times as long.

    After pooling comes a linear map, which begins as the identity. Only the layers and this map are trained: the
    embedding tables stay those of the passage model, so a student is small on disk.

    Raises:
        ModelError: the model cannot be loaded.
        UsageError: it has no such layers.
    """
    model = load_model(folder, device=device, dtype=torch.float32, attn_implementation="eager")
    for parameter in model.parameters():
        parameter.requires_grad = False
    stack = layer_stack(model)
    if not layers or not set(layers) <= set(range(len(stack))) or sorted(set(layers)) != list(layers):
        raise UsageError(
            f"--layers: {folder.name} has layers 0 to {len(stack) - 1}; name some of them in ascending order"
        )
    kept = [stack[number] for number in layers]
    del stack[:]
    stack.extend(kept)
    stack.requires_grad_(requires_grad=True)
    head = Dense(dim, dim, activation_function=torch.nn.Identity())
    with torch.no_grad():
        head.linear.weight.copy_(torch.eye(dim))
        head.linear.bias.zero_()
    before = [module for module in model.children() if not isinstance(module, Normalize)]
    return SentenceTransformer(modules=[*before, head, Normalize()], device=device).eval()


def load_weights(student: SentenceTransformer, weights: Mapping[str, torch.Tensor]) -> None:
    """Give a student the trained weights of another one.

    Raises:
        UsageError: the other one has other layers or dimensions.
    """
    parameters = trained_parameters(student)
    if {name: weight.shape for name, weight in weights.items()} != {
        name: own.shape for name, own in parameters.items()
    }:
        raise UsageError("--start: that student has another number of layers, or belongs to another model")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(weights[name])


def layer_stack(model: SentenceTransformer) -> torch.nn.ModuleList:
    """Return the list of a model's transformer layers: the longest list of modules in it."""
    lists = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList)]
    if not lists:
        raise UsageError("the passage model has no list of layers from which a student could be made")
    return max(lists, key=len)


def outer_layers(n_layers: int, n_kept: int) -> list[int]:
    """Return the numbers of the first and the last layers of a model, half of each; the outer ones are kept.

    Which layers are kept matters more than how long is trained (Wang and Lyu 2023): of 12 layers, 0, 1, 10 and 11 are
    better than any four in the middle.
    """
    first = (n_kept + 1) // 2
    return [*range(first), *range(n_layers - (n_kept - first), n_layers)]


def trained_parameters(model: SentenceTransformer) -> dict[str, torch.nn.Parameter]:
    """Return the parameters that training changes, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
