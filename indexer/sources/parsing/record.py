"""Validation of article records, and their conversion to articles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from indexer.snapshot.content.article import Article
from indexer.snapshot.text.language import canonical_language, detect_language
from indexer.snapshot.text.normalisation import as_published, for_encoder
from indexer.snapshot.text.validation import first_problem
from indexer.sources.parsing.boilerplate import is_mostly_table, without_boilerplate
from indexer.sources.parsing.dates import DateReading, read_date
from indexer.sources.parsing.encoding import repair_mojibake
from indexer.sources.parsing.entities import decode_entities
from indexer.sources.parsing.reject import UnreadableInput

_MAX_DEPTH = 50
"""Levels to which unknown fields may be nested."""

_WEB_ADDRESS = re.compile(r"https?://|[^:/]*(?:/|$)", re.IGNORECASE)
"""The beginning of an address of the web, or of one without a scheme."""

_BREAKS = re.compile("[\t\n\r\x85\u2028\u2029]+")
"""Tabs and line breaks, which paragraphs may have, and names may not."""

_MAX_ID_CHARS = 8_000

_MOST_NAMES, _MOST_NAME_CHARS = 12, 40
"""Names of a record's fields that an error lists."""


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """An article, whether its text was repaired (mojibake, entities), and how many lines of boilerplate it lost.

    `date` is what its date says; None if it has none.
    """

    article: Article
    repaired: bool
    dropped_lines: int
    date: DateReading | None = None


class RecordError(UnreadableInput):
    """A record that is not a valid article; the message is the reason, on one line."""


def _absent_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not as_published(value) else value


def _number_as_text(value: object) -> object:
    """Return a number as its plain text; ids of databases are numbers, and some exports make 7 to 7.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_Text = Annotated[str | None, BeforeValidator(_absent_if_blank)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    id: Annotated[str, BeforeValidator(_number_as_text)] = Field(min_length=1, max_length=1_000)
    text: _Text = None
    paragraphs: list[str] | None = None
    title: _Text = None
    language: _Text = None
    url: _Text = None
    source: _Text = None
    author: _Text = None
    published_at: Annotated[object, BeforeValidator(_absent_if_blank)] = None
    tags: list[str] | None = None


FIELDS = tuple(_Record.model_fields)
"""Names of the fields of a record that khabar uses; others are kept in `extra`."""


def article_from_record(record: object, field_map: Mapping[str, str] | None = None) -> ParsedArticle:
    """Return the article of a record, which must be a JSON object.

    `field_map` gives the record's names of khabar's fields; a dot in a name leads into a nested object.

    A null or blank optional field counts as absent. A missing language is detected; unknown fields are kept in `extra`.

    Raises:
        RecordError: a required field is missing, or a field is not valid.
    """
    if not isinstance(record, dict):
        raise RecordError("not a JSON object")
    try:
        fields = _Record.model_validate(_with_renamed_fields(record, field_map) if field_map else record)
    except ValidationError as error:
        field, message = first_problem(error)
        if field == "id" and "id" not in record:
            message = f"field required; the record has {_some_names(record)}: say with --map id=NAME which one it is"
        raise RecordError(f"{field}: {message}") from error
    blocks = _blocks(fields)
    shown = {name: getattr(fields, name) or "" for name in ("title", "url", "source", "author")}
    decoded = {name: decode_entities(text) for name, text in shown.items()}
    decoded_blocks = list(map(decode_entities, blocks))
    parsed = make_article(
        fields.id,
        decoded_blocks,
        language=fields.language,
        published_at=fields.published_at,
        tags=fields.tags,
        extra=_storable_object(fields.model_extra or {}, _MAX_DEPTH),
        **decoded,
    )
    return replace(parsed, repaired=parsed.repaired or decoded != shown or decoded_blocks != blocks)


def _some_names(record: Mapping[str, object]) -> str:
    names = [_storable_text(str(name))[:_MOST_NAME_CHARS] for name in record][:_MOST_NAMES]
    more = ["…"] if len(record) > len(names) else []
    return ", ".join([*names, *more]) or "no fields"


def make_article(
    article_id: str,
    blocks: list[str],
    *,
    title: str | None,
    language: str | None = None,
    published_at: object = None,
    tags: list[str] | None = None,
    extra: Mapping[str, object] | None = None,
    url: str | None = None,
    **fields: str | None,
) -> ParsedArticle:
    """Return an article from fields as published; `fields` are source and author.

    Mojibake is repaired, and lines of boilerplate are dropped. A date that cannot be read leaves the article undated.
    An address that is not one of the web is left out: a browser would run "javascript:...".

    Raises:
        RecordError: the id or the text is blank, the text boilerplate or a table, or the language not valid.
    """
    article_id = _one_line(article_id)
    if not article_id:
        raise RecordError("id: is blank")
    if len(article_id) > _MAX_ID_CHARS:
        raise RecordError(f"id: longer than {_MAX_ID_CHARS:,} characters")
    body, body_repaired = repair_mojibake("\n".join(blocks))
    heading, title_repaired = repair_mojibake(" ".join(as_published(title).split())) if title else (None, False)
    published_lines = [line for line in map(as_published, body.splitlines()) if line]
    if not any(char.isalnum() for line in published_lines for char in for_encoder(line)):
        raise RecordError("text: is blank")
    lines = without_boilerplate(published_lines)
    if not lines:
        raise RecordError("text: holds only banners and links")
    if is_mostly_table(lines):
        raise RecordError("text: is mostly a table")
    date = None if published_at is None or published_at == "" else read_date(published_at)
    try:
        tag = canonical_language(language.strip()) if language else detect_language("\n".join([heading or "", *lines]))
    except ValueError as error:
        raise RecordError(f"language: {error}") from error
    article = Article(
        id=article_id,
        language=tag,
        blocks=tuple(lines),
        title=heading or None,
        published=date.published if date else None,
        tags=tuple(tag for tag in map(_one_line, tags or ()) if tag),
        extra=extra or {},
        url=_web_address(url),
        **{name: _one_line(value) if value else None for name, value in fields.items()},
    )
    return ParsedArticle(article, body_repaired or title_repaired, len(published_lines) - len(lines), date)


def _web_address(url: str | None) -> str | None:
    """Return an address of the web without white space around it; None if a browser or a parser would not take it."""
    address = _one_line(url) if url else ""
    try:
        urlsplit(address)
    except ValueError:  # such as http://[
        return None
    return address if address and _WEB_ADDRESS.match(address) else None


def _one_line(text: str) -> str:
    """Return a name as published, on one line: it is shown on terminals, and part of logs and feeds."""
    return _BREAKS.sub(" ", as_published(text))


def _with_renamed_fields(record: Mapping[str, object], field_map: Mapping[str, str]) -> dict[str, object]:
    """Return a record under khabar's names; a renamed field loses its old name, unless that was in a nested object."""
    renamed = dict(record)
    for old_name in field_map.values():
        renamed.pop(old_name, None)
    for name, old_name in field_map.items():
        value = record.get(old_name)
        if old_name not in record and "." in old_name:
            value = record
            for key in old_name.split("."):
                value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            renamed[name] = value
    return renamed


def _storable_object(value: Mapping[str, object], depth: int) -> dict[str, object]:
    """Return a JSON object that UTF-8 can encode: half a surrogate pair becomes a question mark.

    Raises:
        RecordError: it is nested deeper than `depth` levels.
    """
    if not depth:
        raise RecordError("nested too deeply")
    return {_storable_text(name): _storable(item, depth - 1) for name, item in value.items()}


def _storable(value: object, depth: int) -> object:
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, dict):
        return _storable_object(value, depth)
    if not isinstance(value, list):
        return value
    if not depth:
        raise RecordError("nested too deeply")
    return [_storable(item, depth - 1) for item in value]


def _storable_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _blocks(fields: _Record) -> list[str]:
    if fields.text is not None:
        return [fields.text]
    if fields.paragraphs is not None:
        return fields.paragraphs
    raise RecordError("text: is missing")
