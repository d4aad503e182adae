"""The working files of a training run, in the folder of its student: plan, teacher's vectors, checkpoint."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from indexer.encoders.student.network import trained_parameters
from indexer.encoders.student.training import Plan, Training
from indexer.snapshot.errors import UsageError
from indexer.snapshot.files.durable_files import write_atomically

_FIRST_MOMENT, _SECOND_MOMENT, _WEIGHT = "exp_avg", "exp_avg_sq", "weight"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run was started with: its plan, the teacher's fingerprint and a digest of all examples.

    `start` is the sha256 of the checkpoint whose weights it began with; None if they were the teacher's.
    """

    plan: Plan
    teacher: str
    data: str
    start: str | None = None


class RunFolder:
    """The folder `training` of a student; without it a student can be used, but its training cannot go on."""

    def __init__(self, student: Path) -> None:
        self.root = student / "training"
        self.teacher_vectors = self.root / "teacher.sqlite"
        self.checkpoint = self.root / "checkpoint.safetensors"
        self._record = self.root / "run.json"

    def record(self) -> RunRecord | None:
        """Return what the run in this folder was started with, or None if none was.

        Raises:
            UsageError: the file is damaged.
        """
        try:
            return TypeAdapter(RunRecord).validate_json(self._record.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise UsageError(
                f"{self._record} cannot be read; delete {self.root} to train from the beginning"
            ) from error

    def start(self, record: RunRecord) -> None:
        """Write down what the run is started with."""
        write_atomically(self._record, json.dumps(asdict(record), indent=2) + "\n")

    def save(self, training: Training) -> None:
        """Write a checkpoint; the one before stays if this is interrupted."""
        tensors = {}
        for name, parameter in trained_parameters(training.model).items():
            tensors[f"{name}/{_WEIGHT}"] = parameter.detach()
            state = training.optimizer.state[parameter]
            tensors |= {f"{name}/{key}": state[key] for key in (_FIRST_MOMENT, _SECOND_MOMENT)}
        partial = self.checkpoint.with_suffix(".partial")
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, partial, _step(training.step))
        partial.replace(self.checkpoint)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the trained weights of the checkpoint, by name.

        Raises:
            UsageError: there is no checkpoint, or it is damaged.
        """
        ending = f"/{_WEIGHT}"
        try:
            with safe_open(self.checkpoint, framework="pt") as stored:
                names = [name for name in stored.keys() if name.endswith(ending)]  # noqa: SIM118  # not a dictionary
                return {name.removesuffix(ending): stored.get_tensor(name) for name in names}
        except (SafetensorError, OSError) as error:
            raise UsageError(
                f"{self.checkpoint} cannot be read: a training begins from the folder of another"
            ) from error

    def load(self, training: Training) -> None:
        """Bring a training to the state of the checkpoint, if there is one.

        Raises:
            UsageError: the checkpoint is damaged or of another model.
        """
        if not self.checkpoint.exists():
            return
        try:
            with safe_open(self.checkpoint, framework="pt") as stored:
                training.step = int(stored.metadata()["step"])
                for name, parameter in trained_parameters(training.model).items():
                    with torch.no_grad():
                        parameter.copy_(stored.get_tensor(f"{name}/{_WEIGHT}"))
                    training.optimizer.state[parameter] = _optimizer_state(stored, name, training.step, parameter)
        except (SafetensorError, KeyError, RuntimeError, OSError) as error:
            raise UsageError(f"{self.checkpoint} is damaged; delete {self.root} to train from the beginning") from error


def _step(step: int) -> dict[str, str]:
    return {"step": str(step)}


def _optimizer_state(stored: Any, name: str, step: int, parameter: torch.nn.Parameter) -> dict[str, torch.Tensor]:
    moments = {key: stored.get_tensor(f"{name}/{key}").to(parameter.device) for key in (_FIRST_MOMENT, _SECOND_MOMENT)}
    return {"step": torch.tensor(float(step)), **moments}
