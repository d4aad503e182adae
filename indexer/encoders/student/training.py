"""The training loop: a student's vectors are brought to their targets, in steps that can be resumed.

    loss = 1 - cos(student, target) + 0.1 * KL(similarities of target || similarities of student)

The second part compares how similar a query is to 4,096 other queries (softmax at temperature 0.05): it preserves the
order of neighbours, which decides the results of a search; the cosine alone does not.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch.nn import functional

from indexer.encoders.reference_encoder import SentenceTransformersEncoder, native_precision
from indexer.encoders.student.batches import BATCH, Batches, SpelledExample
from indexer.encoders.student.network import trained_parameters
from indexer.encoders.student.targets import Targets
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.text.normalisation import for_query_encoder

_KL_WEIGHT = 0.1
_TEMPERATURE = 0.05
_BANK = 4_096
_WARM_UP_SHARE = 0.02
_MAX_GRADIENT = 1.0
_WEIGHT_DECAY = 0.01

LEARNING_RATE = 4e-4
"""The highest rate of a training that begins with the passage model; it rises for a moment and then falls to zero."""

CONTINUED_LEARNING_RATE = 1e-4
"""The same for one that begins with a trained student, which 1,000 steps at up to 4e-4 made worse (decision 7)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the weights that come out, beside the data: equal plans give equal students on one machine."""

    layers: tuple[int, ...]
    steps: int
    seed: int
    threads: int
    device: str
    learning_rate: float = LEARNING_RATE


class TrainingTokenizer:
    """Turns queries into the padded inputs of a model, as its own tokenizer would, with the prompt."""

    def __init__(self, teacher: SentenceTransformersEncoder) -> None:
        tokenizer = teacher.model.tokenizer
        self._prompt = teacher.spec.query_prompt
        self._tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self._tokenizer.enable_truncation(teacher.spec.max_tokens)
        self._tokenizer.enable_padding(pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token)

    def features(self, texts: Sequence[str], device: torch.device) -> dict[str, torch.Tensor]:
        """Return token ids and mask, each of shape (n_texts, tokens of the longest text), int64."""
        encoded = self._tokenizer.encode_batch([self._prompt + for_query_encoder(text) for text in texts])
        return {
            "input_ids": torch.tensor([each.ids for each in encoded], device=device),
            "attention_mask": torch.tensor([each.attention_mask for each in encoded], device=device),
        }


class Training:
    """A student in training, after `step` steps of its plan."""

    def __init__(
        self, model: SentenceTransformer, tokenizer: "TrainingTokenizer", batches: Batches, targets: Targets, plan: Plan
    ) -> None:
        self.model = model
        self.step = 0
        self.plan = plan
        self._tokenizer = tokenizer
        self.batches = batches
        self.targets = targets
        self.optimizer = torch.optim.AdamW(
            trained_parameters(model).values(), lr=plan.learning_rate, weight_decay=_WEIGHT_DECAY
        )
        bank = [one.example for step in range(_BANK // BATCH) for one in batches.of_step(step)]
        self._bank = self._to_device(targets.of(bank))

    def run(self, *, until: int) -> Iterator[float]:
        """Train up to a step, and yield the loss of each."""
        parameters = list(trained_parameters(self.model).values())
        while self.step < until:
            for group in self.optimizer.param_groups:
                group["lr"] = self.plan.learning_rate * _schedule(self.step / self.plan.steps)
            loss = self._loss(self.batches.of_step(self.step))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, _MAX_GRADIENT)
            self.optimizer.step()
            self.step += 1
            yield float(loss.detach())

    def held_back_losses(self) -> dict[str, float]:
        """Return the mean of 1 - cosine on the examples that are held back, by source."""
        losses = {}
        with torch.inference_mode():
            for name, examples in self.batches.held_back.items():
                if examples:
                    spelled = [SpelledExample(example.text.text, example) for example in examples]
                    distances = [
                        self._distances(spelled[start : start + BATCH])[0] for start in range(0, len(spelled), BATCH)
                    ]
                    losses[name] = round(float(torch.cat(distances).mean()), 4)
        return losses

    def _loss(self, spelled: list[SpelledExample]) -> torch.Tensor:
        distances, vectors, targets = self._distances(spelled)
        wanted = functional.softmax(targets @ self._bank.T / _TEMPERATURE, dim=1)
        found = functional.log_softmax(vectors @ self._bank.T / _TEMPERATURE, dim=1)
        return distances.mean() + _KL_WEIGHT * functional.kl_div(found, wanted, reduction="batchmean")

    def _distances(self, spelled: list[SpelledExample]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        targets = self._to_device(self.targets.of([one.example for one in spelled]))
        features = self._tokenizer.features([one.text for one in spelled], self.model.device)
        with _mixed_precision(self.model.device.type):
            vectors = self.model(features)["sentence_embedding"]
        vectors = functional.normalize(vectors.float(), dim=1)
        return 1 - (vectors * targets).sum(dim=1), vectors, targets

    def _to_device(self, vectors: FloatArray) -> torch.Tensor:
        return torch.from_numpy(vectors).to(self.model.device)


def _mixed_precision(device: str) -> AbstractContextManager[object]:
    """Multiply in bfloat16 where the hardware does; sums, norms and weights stay in float32."""
    return torch.autocast(device, dtype=torch.bfloat16) if native_precision(device) == "bf16" else nullcontext()


def _schedule(progress: float) -> float:
    """Return the factor of the learning rate: a short linear rise, then half a cosine down to zero."""
    if progress < _WARM_UP_SHARE:
        return progress / _WARM_UP_SHARE
    return 0.5 * (1 + torch.cos(torch.tensor(torch.pi * (progress - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE))).item())
