"""Finding a model by name or folder, with its prompts, and checking that it is safe to load.

Nothing here loads a model, so a build that cannot use it stops early.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from indexer.encoders.bundled_model import default_model_folder
from indexer.encoders.model_card import MODEL_CARD
from indexer.snapshot.errors import ModelError
from indexer.snapshot.format.checksums import checksums
from indexer.snapshot.text.normalisation import NORMALISATION_REVISION

_MODEL_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
"""Files that determine the vectors."""

_OTHER_RUNTIMES = ("onnx/*", "openvino/*")
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_TRUSTED_MODULES = "sentence_transformers."
_FINGERPRINT_HEX = 16


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts in front of every query and every passage."""

    query: str
    passage: str


_E5 = Prompts("query: ", "passage: ")
_NONE = Prompts("", "")

FAMILY_PROMPTS = {
    "e5-small": _E5,
    "e5-base": _E5,
    "e5-large": _E5,
    "bge-m3": _NONE,
    "labse": _NONE,
    "paraphrase-multilingual": _NONE,
    "distiluse-base-multilingual": _NONE,
    "gte-multilingual-base": _NONE,
}
"""Prompts of model families whose configuration lacks them, by a part of the model's name.

From the model cards of intfloat/e5-* and intfloat/multilingual-e5-* (prompts are required),
BAAI/bge-m3, sentence-transformers/LaBSE, paraphrase-multilingual-*, distiluse-base-multilingual-*
and Alibaba-NLP/gte-multilingual-base (trained without prompts). Instruction-tuned models are not
listed: their prompt describes a task that only the user knows.
"""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that may be loaded: its name, folder, prompts and fingerprint.

    `fingerprint` is a digest of every file that determines the vectors, of the prompts and of the
    revision of the text normalisation. Only vectors with equal fingerprints are comparable.
    """

    name: str
    folder: Path
    prompts: Prompts
    fingerprint: str


def find_model(name: str | None, *, query_prompt: str | None = None, passage_prompt: str | None = None) -> ModelSource:
    """Return the model with that name or in that folder, or the bundled default for None.

    `query_prompt` and `passage_prompt` override those of the model's configuration.

    Raises:
        ModelError: the model cannot be found or fetched, is not safe to load, or its prompts are unknown.
    """
    folder, display_name = (default_model_folder(), "") if name is None else _locate(name)
    check_safe(folder)
    record = _read_json(folder / "khabar.json")
    if isinstance(record, dict) and "name" in record:
        display_name = str(record["name"])
    display_name = display_name or folder.name
    prompts = find_prompts(folder, display_name, query_prompt, passage_prompt)
    return ModelSource(display_name, folder, prompts, _fingerprint(folder, prompts))


def _locate(name: str) -> tuple[Path, str]:
    local = Path(name).expanduser()
    if local.is_dir():
        return local.resolve(), local.resolve().name
    if local.is_absolute() or name.startswith(".") or name.count("/") > 1:
        raise ModelError(f"no model folder at {name}")
    from huggingface_hub import snapshot_download  # the import is slow, and most builds use the default model

    try:
        return Path(
            snapshot_download(name, allow_patterns=[*_MODEL_FILES, MODEL_CARD], ignore_patterns=list(_OTHER_RUNTIMES))
        ), name
    except Exception as error:  # the HTTP library of the hub raises its own errors as well
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"model {name} is not a local folder and cannot be fetched from the hub: {reason}") from error


def check_safe(folder: Path) -> None:
    """Refuse a folder that is not a sentence-transformers model, or that would run its own code when loaded.

    Raises:
        ModelError: it has no modules.json or no safetensors weights, has pickled weights without
            safetensors beside them, or names a module outside of sentence-transformers.
    """
    modules = _read_json(folder / "modules.json")
    if not isinstance(modules, list) or not modules:
        raise ModelError(f"{folder} is not a sentence-transformers model: it has no modules.json")
    for module in modules:
        kind = str(module.get("type")) if isinstance(module, dict) else "a module without a type"
        if not kind.startswith(_TRUSTED_MODULES):
            raise ModelError(f"{folder} needs its own code ({kind}), which khabar never runs; use another model")
    if not any(folder.rglob("*.safetensors")):
        raise ModelError(f"{folder} has no safetensors weights; convert the model: pickled weights are never loaded")
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICKLED and not any(path.parent.glob("*.safetensors")):
            raise ModelError(f"{path} holds pickled weights, which khabar never loads; convert it to safetensors")


def find_prompts(folder: Path, name: str, query_prompt: str | None, passage_prompt: str | None) -> Prompts:
    """Return a model's prompts: those given, else those of its configuration, else those of its family.

    Raises:
        ModelError: all three are missing. Prompts that are forgotten lower the quality without an error.
    """
    prompts = _configured_prompts(folder) or _family_prompts(name)
    if prompts is None:
        if query_prompt is None and passage_prompt is None:
            raise ModelError(
                f"khabar does not know which prompts {name} was trained with: look at its model card and give "
                "--query-prompt and --passage-prompt ('' for a model without prompts)"
            )
        prompts = _NONE
    return Prompts(
        prompts.query if query_prompt is None else query_prompt,
        prompts.passage if passage_prompt is None else passage_prompt,
    )


def _configured_prompts(folder: Path) -> Prompts | None:
    config = _read_json(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts") if isinstance(config, dict) else None
    if not isinstance(prompts, dict):
        return None
    # sentence-transformers writes empty prompts by default, so an empty prompt counts as missing.
    if not all(isinstance(prompt, str | None) for prompt in prompts.values()):
        raise ModelError(f"{folder / 'config_sentence_transformers.json'} has prompts that are not texts")
    texts = {role: prompt for role, prompt in prompts.items() if prompt}
    passage = next((texts[role] for role in ("passage", "document", "corpus") if role in texts), "")
    query = texts.get("query", "")
    return Prompts(query, passage) if query or passage else None


def _family_prompts(name: str) -> Prompts | None:
    name = name.lower()
    if "instruct" in name:
        return None
    return next((prompts for family, prompts in FAMILY_PROMPTS.items() if family in name), None)


def _fingerprint(folder: Path, prompts: Prompts) -> str:
    files = [path for pattern in _MODEL_FILES for path in folder.rglob(pattern) if not _is_ignored(path, folder)]
    digest = hashlib.sha256()
    for part in (NORMALISATION_REVISION, prompts.query, prompts.passage, *checksums(files, folder).items()):
        digest.update(json.dumps(part).encode() + b"\n")
    return digest.hexdigest()[:_FINGERPRINT_HEX]


def _is_ignored(path: Path, folder: Path) -> bool:
    """Whether a file has no influence on vectors: it is in a hidden folder, or is for another runtime."""
    parents = path.relative_to(folder).parts[:-1]
    return any(part.startswith(".") or part in ("onnx", "openvino") for part in parents)


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
