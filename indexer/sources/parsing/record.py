"""One article record, as JSON objects describe it, checked and turned into an Article."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from indexer.snapshot.content.article import Article
from indexer.snapshot.text.language import canonical_language, detect_language
from indexer.snapshot.text.normalisation import as_published, for_encoder
from indexer.snapshot.text.validation import first_problem
from indexer.sources.parsing.boilerplate import is_mostly_table, without_boilerplate
from indexer.sources.parsing.dates import read_date
from indexer.sources.parsing.encoding import repair

_MAX_DEPTH = 50
"""How deep unknown fields may be nested."""


@dataclass(frozen=True, slots=True)
class Made:
    """An article, whether its text had been read in a wrong encoding before, and how many lines were no part of it."""

    article: Article
    repaired: bool
    dropped: int


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
    published_at: Annotated[Any, BeforeValidator(_absent_if_blank)] = None
    tags: list[str] | None = None


FIELDS = tuple(_Record.model_fields)
"""Names that records use for what khabar knows."""


def article_from_record(record: object, fields: Mapping[str, str] | None = None) -> Made:
    """Return the article that a JSON object describes.

    `fields` maps fields of khabar's to those that stand for them, dots leading into objects.

    A null or blank optional field counts as absent. The language is detected where the record
    names none; unknown fields are kept in `extra`.

    Raises:
        RecordError: a required field is missing, or a field cannot be understood.
    """
    if not isinstance(record, dict):
        raise RecordError("not a JSON object")
    try:
        known = _Record.model_validate(_renamed(record, fields) if fields else record)
    except ValidationError as error:
        field, message = first_problem(error)
        raise RecordError(f"{field}: {message}") from error
    if not isinstance(known.published_at, str | int | float | None) or isinstance(known.published_at, bool):
        raise RecordError("published_at: is neither a text nor a number")
    article_id = as_published(known.id)
    if not article_id:
        raise RecordError("id: is blank")
    return make_article(
        article_id,
        _blocks(known),
        title=known.title,
        language=known.language,
        published_at=known.published_at,
        url=known.url,
        source=known.source,
        author=known.author,
        tags=[tag for tag in map(as_published, known.tags or []) if tag],
        extra=_storable(known.model_extra or {}, _MAX_DEPTH),
    )


def make_article(
    article_id: str,
    blocks: list[str],
    *,
    title: str | None,
    language: str | None = None,
    published_at: str | float | None = None,
    tags: list[str] | None = None,
    extra: dict[str, Any] | None = None,
    **fields: str | None,
) -> Made:
    """Return an article from fields as published; `fields` are url, source and author.

    Text that had been read in a wrong encoding is repaired, and lines that are no part of it are dropped.

    Raises:
        RecordError: nothing is left of the text, or language or date cannot be understood.
    """
    body, body_repaired = repair("\n".join(blocks))
    heading, title_repaired = repair(" ".join(as_published(title).split())) if title else (None, False)
    written = [line for line in map(as_published, body.splitlines()) if line]
    if not any(_has_word(for_encoder(line)) for line in written):
        raise RecordError("text: is blank")
    lines = without_boilerplate(written)
    if not lines:
        raise RecordError("text: is nothing but banners and links")
    if is_mostly_table(lines):
        raise RecordError("text: is mostly a table")
    try:
        published = read_date(published_at) if published_at is not None and published_at != "" else None
    except ValueError as error:
        raise RecordError(f"published_at: {error}") from error
    try:
        tag = canonical_language(language.strip()) if language else detect_language("\n".join([heading or "", *lines]))
    except ValueError as error:
        raise RecordError(f"language: {error}") from error
    article = Article(
        id=article_id,
        language=tag,
        blocks=tuple(lines),
        title=heading or None,
        published=published,
        tags=tuple(tags or ()),
        extra=extra or {},
        **{name: as_published(value) if value else None for name, value in fields.items()},
    )
    return Made(article, body_repaired or title_repaired, len(written) - len(lines))


def _renamed(record: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a record under khabar's names; what was renamed goes from its old place, unless it lay deeper."""
    renamed = dict(record)
    for foreign in fields.values():
        renamed.pop(foreign, None)
    for name, foreign in fields.items():
        value: Any = record.get(foreign)
        if foreign not in record and "." in foreign:
            value = record
            for part in foreign.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            renamed[name] = str(value) if name == "id" and isinstance(value, int) else value
    return renamed


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
