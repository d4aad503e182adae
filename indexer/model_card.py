"""What a model's card says of it: the languages that it was trained on."""

from pathlib import Path

from indexer.snapshot.errors import ModelError
from indexer.snapshot.language import canonical_language

MODEL_CARD = "README.md"


def known_languages(folder: Path) -> frozenset[str] | None:
    """Return the primary language subtags that the card in a model's folder lists, or None where it lists none.

    "multilingual" and other words that name no language are passed over.

    Raises:
        ModelError: the card is there and cannot be read.
    """
    from huggingface_hub import ModelCard  # takes a while, and is asked of once a build

    path = folder / MODEL_CARD
    try:
        listed = ModelCard(path.read_text(encoding="utf-8"), ignore_metadata_errors=True).data.get("language")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    names = [listed] if isinstance(listed, str) else listed or []
    return frozenset(filter(None, map(_tag, names))) or None


def _tag(name: object) -> str | None:
    try:
        # YAML reads a bare "no", Norwegian, as false.
        return canonical_language("no" if name is False else str(name))
    except ValueError:
        return None
