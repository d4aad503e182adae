"""Training the network behind a static encoder: the sum of a text's tokens is brought to the text's query vector.

    loss = 1 - cos(text, target) + 0.1 * KL(similarities of target || similarities of text)

The second part compares a text with the other texts of its batch (softmax at temperature 0.05), as the training of
query encoders does: which of several sentences is nearest matters more than how near each is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from indexer.encoders.student.static_weights import MOST_SAID, Levels, StaticWeights
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

DIM = 256
"""Components of a token's vector: 128 find the right sentence in the other language four points less often."""

_HIDDEN = 512
_BATCH = 128
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 0.01
_KL_WEIGHT = 0.1
_TEMPERATURE = 0.05
_HIGHEST_PERCENTILE = 99.99
"""Components beyond it are cut to it in 8 bits, so that a few do not take the precision of all others."""


@dataclass(frozen=True, slots=True)
class StaticTexts:
    """Texts to learn: the token ids of each, and its neutral query vector: `targets`, shape (n, dim), float32."""

    token_ids: Sequence[Sequence[int]]
    targets: FloatArray


class _Network(nn.Module):
    """The network of `StaticWeights`, in training."""

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, dim)
        self.hidden = nn.Linear(width, _HIDDEN)
        self.output = nn.Linear(_HIDDEN, dim, bias=False)
        self.weight = nn.Linear(_HIDDEN, 1)
        # It begins as a linear map of the mean embedding, in which all tokens say equally much.
        for parameter in (self.output.weight, self.weight.weight, self.weight.bias):
            nn.init.zeros_(parameter)

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Return the vectors of tokens, shape (n, dim)."""
        hidden = functional.relu(self.hidden(embeddings))
        says = torch.exp(self.weight(hidden).clamp(max=MOST_SAID))
        vectors: torch.Tensor = says * (self.linear(embeddings) + self.output(hidden))
        return vectors


def train_static_network(
    texts: StaticTexts, levels: Levels, zero_point: int, *, epochs: int, seed: int, reporter: Reporter
) -> StaticWeights:
    """Train on all texts `epochs` times; equal texts and seeds give equal weights on one machine.

    `levels`, shape (vocabulary, width), uint8, is the table of word embeddings of the query encoder.
    """
    torch.manual_seed(seed)
    projection = _main_directions(texts.targets, min(DIM, texts.targets.shape[1]))
    targets = torch.from_numpy(unit(texts.targets @ projection.T))
    used, positions = np.unique(np.concatenate(texts.token_ids), return_inverse=True)
    embeddings = levels[used].astype(np.float32) - zero_point
    scale = float(embeddings.std())
    tokens = torch.from_numpy(embeddings / np.float32(scale))
    ends = np.cumsum([len(each) for each in texts.token_ids])[:-1]
    positions_of = [torch.from_numpy(each) for each in np.split(positions, ends)]
    network = _Network(levels.shape[1], len(projection))
    optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    batches = [
        batch
        for _ in range(epochs)
        for batch in torch.randperm(len(targets)).split(_BATCH)  # type: ignore[no-untyped-call]
    ]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=len(batches))
    with reporter.progress("training the static encoder", len(batches)) as advance:
        for batch in batches:
            loss = _loss(network, tokens, [positions_of[row] for row in batch.tolist()], targets[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            advance(1)
    with torch.inference_mode():
        step = np.percentile(np.abs(network(tokens).numpy()), _HIGHEST_PERCENTILE) / np.iinfo(np.int8).max
    return _weights(network, projection, scale, float(step))


def _main_directions(targets: FloatArray, dim: int) -> FloatArray:
    """Return the directions in which targets differ most, shape (dim, dim of the targets), float32, orthonormal."""
    _, directions = np.linalg.eigh(targets.T.astype(np.float64) @ targets)  # ascending
    main = directions[:, ::-1][:, :dim].T
    signs = np.sign(np.take_along_axis(main, np.abs(main).argmax(axis=1)[:, None], axis=1))
    return np.ascontiguousarray(main * signs, dtype=np.float32)


def _loss(
    network: _Network, tokens: torch.Tensor, positions: Sequence[torch.Tensor], targets: torch.Tensor
) -> torch.Tensor:
    distinct, inverse = torch.unique(torch.cat(list(positions)), return_inverse=True)
    text_of = torch.repeat_interleave(torch.arange(len(positions)), torch.tensor([len(each) for each in positions]))
    sums = torch.zeros_like(targets).index_add_(0, text_of, network(tokens[distinct])[inverse])
    vectors = functional.normalize(sums, dim=1)
    wanted = functional.softmax(targets @ targets.T / _TEMPERATURE, dim=1)
    found = functional.log_softmax(vectors @ targets.T / _TEMPERATURE, dim=1)
    distances = 1 - (vectors * targets).sum(dim=1)
    return distances.mean() + _KL_WEIGHT * functional.kl_div(found, wanted, reduction="batchmean")


def _weights(network: _Network, projection: FloatArray, scale: float, step: float) -> StaticWeights:
    def array(parameter: torch.Tensor) -> FloatArray:
        values: FloatArray = parameter.detach().numpy()
        return values

    return StaticWeights(
        projection=projection,
        linear=array(network.linear.weight),
        linear_bias=array(network.linear.bias),
        hidden=array(network.hidden.weight),
        hidden_bias=array(network.hidden.bias),
        output=array(network.output.weight),
        weight=array(network.weight.weight)[0],
        weight_bias=array(network.weight.bias),
        scale=np.array([scale], dtype=np.float32),
        step=np.array([step], dtype=np.float32),
    )
