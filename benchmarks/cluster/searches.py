"""Searches of all kinds: queries of a file with filters, groups, orders, modes and pages drawn at random."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget

_SEED = 20261203


def random_searches(columns: Columns, texts: Sequence[str], n: int) -> Iterator[Query]:
    """Yield `n` searches of a corpus with these columns; equal arguments give equal searches."""
    rng = random.Random(_SEED)  # noqa: S311  # no secret
    for number in range(n):
        text = texts[number % len(texts)]
        words = text.split()
        if rng.random() < 0.1 and len(words) > 1:
            text = f'"{" ".join(words[:2])}" {" ".join(words[2:])}'
        if rng.random() < 0.1:
            text += f" -{rng.choice(texts).split()[0]}"
        group = rng.choice(list(Group))
        yield Query(
            TextTarget(text),
            k=rng.choice([1, 10, 50]),
            offset=rng.choice([0, 0, 10, 90]),
            group=group,
            filters=_filters(columns, rng),
            mode=rng.choice(list(Mode)),
            facets=tuple(rng.sample(list(Facet), rng.choice([0, 2, 6]))),
            sort=rng.choice(list(Sort)),
            n_paragraphs=1 if group is Group.NONE else rng.choice([1, 3]),
        )


def _filters(columns: Columns, rng: random.Random) -> Filters:
    def sometimes(names: Sequence[str], share: float) -> tuple[str, ...]:
        return tuple(rng.sample(names, 1)) if names and rng.random() < share else ()

    dated = columns.timestamp[columns.timestamp != NO_TIMESTAMP]
    moments: list[PublicationTime | None] = [None, None]
    if len(dated):
        for place in range(2):
            if rng.random() < 0.15:
                moment = datetime.fromtimestamp(int(rng.choice(dated)), UTC)
                moments[place] = PublicationTime.parse(moment.isoformat())
    return Filters(
        languages=sometimes(columns.languages, 0.2),
        sources=sometimes(columns.sources.shown, 0.2),
        published_from=moments[0],
        published_to=moments[1],
        excluded_tags=sometimes(columns.tags.shown, 0.1),
        excluded_sources=sometimes(columns.sources.shown, 0.1),
    )
