"""One article record, as JSON objects describe it, checked and turned into an Article."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from indexer.snapshot.article import Article, Published
from indexer.snapshot.language import canonical_language, detect_language
from indexer.snapshot.text import as_published, for_encoder

_MAX_DEPTH = 50
"""How deep unknown fields may be nested."""


class RecordError(ValueError):
    """A record that cannot become an article; the message is the reason, on one line."""


def _absent_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not as_published(value) else value


_Text = Annotated[str | None, BeforeValidator(_absent_if_blank)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    id: str = Field(min_length=1, max_length=1_000)
    text: _Text = None
    paragraphs: list[str] | None = None
    title: _Text = None
    language: _Text = None
    url: _Text = None
    source: _Text = None
    author: _Text = None
    published_at: _Text = None
    tags: list[str] | None = None


def article_from_record(record: object) -> Article:
    """Return the article that a JSON object describes.

    A null or blank optional field counts as absent. The language is detected where the record
    names none; unknown fields are kept in `extra`.

    Raises:
        RecordError: a required field is missing, or a field cannot be understood.
    """
    if not isinstance(record, dict):
        raise RecordError("not a JSON object")
    try:
        fields = _Record.model_validate(record)
    except ValidationError as error:
        raise RecordError(_first_reason(error)) from error
    article_id = as_published(fields.id)
    if not article_id:
        raise RecordError("id: is blank")
    return make_article(
        article_id,
        _blocks(fields),
        title=fields.title,
        language=fields.language,
        published_at=fields.published_at,
        url=fields.url,
        source=fields.source,
        author=fields.author,
        tags=[tag for tag in map(as_published, fields.tags or []) if tag],
        extra=_storable(fields.model_extra or {}, _MAX_DEPTH),
    )


def make_article(
    article_id: str,
    blocks: list[str],
    *,
    title: str | None,
    language: str | None = None,
    published_at: str | None = None,
    tags: list[str] | None = None,
    extra: dict[str, Any] | None = None,
    **fields: str | None,
) -> Article:
    """Return an article from fields as published; `fields` are url, source and author.

    Raises:
        RecordError: nothing is left of the text, or language or date cannot be understood.
    """
    lines = tuple(line for block in blocks for line in map(as_published, block.splitlines()) if line)
    if not any(_has_word(for_encoder(line)) for line in lines):
        raise RecordError("text: is blank")
    heading = " ".join(as_published(title).split()) if title else None
    try:
        published = Published.parse(published_at) if published_at else None
    except ValueError as error:
        raise RecordError(f"published_at: {error}") from error
    try:
        tag = canonical_language(language.strip()) if language else detect_language("\n".join([heading or "", *lines]))
    except ValueError as error:
        raise RecordError(f"language: {error}") from error
    return Article(
        id=article_id,
        language=tag,
        blocks=lines,
        title=heading,
        published=published,
        tags=tuple(tags or ()),
        extra=extra or {},
        **{name: as_published(value) if value else None for name, value in fields.items()},
    )


def _storable(value: Any, depth: int) -> Any:
    """Return a JSON value that UTF-8 can hold: half a surrogate pair becomes a question mark.

    Raises:
        RecordError: it is nested deeper than `depth`.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if not isinstance(value, dict | list):
        return value
    if not depth:
        raise RecordError("nested too deeply")
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    return {_storable(key, depth): _storable(item, depth - 1) for key, item in value.items()}


def _has_word(line: str) -> bool:
    return any(char.isalnum() for char in line)


def _blocks(fields: _Record) -> list[str]:
    if fields.text is not None:
        return [fields.text]
    if fields.paragraphs is not None:
        return fields.paragraphs
    raise RecordError("text: is missing")


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}"
