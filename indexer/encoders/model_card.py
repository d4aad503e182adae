"""What a model's card says of it: the languages that it was trained on."""

from pathlib import Path

from indexer.snapshot.text.language import canonical_language

MODEL_CARD = "README.md"


def known_languages(folder: Path) -> frozenset[str] | None:
    """Return the primary language subtags that the card in a model's folder lists, or None where it lists none.

    "multilingual" and other words that name no language are passed over. A card that cannot be read
    says nothing: it is no reason to stop a build.
    """
    from huggingface_hub import ModelCard  # takes a while, and is asked of once a build

    try:
        card = (folder / MODEL_CARD).read_text(encoding="utf-8")
        listed = ModelCard(card, ignore_metadata_errors=True).data.get("language")
    except Exception:  # noqa: BLE001  # of the file, of its encoding, and whatever the library makes of odd YAML
        return None
    names = listed if isinstance(listed, list) else [listed]
    return frozenset(filter(None, map(_tag, names))) or None


def _tag(name: object) -> str | None:
    try:
        # YAML reads a bare "no", Norwegian, as false.
        return canonical_language("no" if name is False else str(name))
    except ValueError:
        return None
