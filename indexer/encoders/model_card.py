"""The card of a model, from which the languages are read that it was trained on."""

from pathlib import Path

from indexer.snapshot.text.language import canonical_language

MODEL_CARD = "README.md"


def known_languages(folder: Path) -> frozenset[str] | None:
    """Return the primary language subtags that the card in a model's folder lists, or None if it lists no language.

    "multilingual" and other words that are not the name of a language are ignored. A card that cannot
    be read counts as a card without languages: it does not stop a build.
    """
    from huggingface_hub import ModelCard  # the import is slow, and needed once a build

    try:
        card = (folder / MODEL_CARD).read_text(encoding="utf-8")
        listed = ModelCard(card, ignore_metadata_errors=True).data.get("language")
    except Exception:  # noqa: BLE001  # I/O, encoding, and any error of the library on unusual YAML
        return None
    names = listed if isinstance(listed, list) else [listed]
    return frozenset(filter(None, map(_tag, names))) or None


def _tag(name: object) -> str | None:
    try:
        # YAML reads an unquoted "no", the tag of Norwegian, as false.
        return canonical_language("no" if name is False else str(name))
    except ValueError:
        return None
