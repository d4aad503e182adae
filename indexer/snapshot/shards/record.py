"""What a manifest says of a shard."""

from dataclasses import dataclass

from indexer.snapshot.index.record import IndexRecord


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """One shard of a version.

    `articles`, `paragraphs` and `words` are how many it has; words are those of all documents of its lexical index.
    `index` has one record for each language that it has.
    """

    articles: int
    paragraphs: int
    words: int
    index: dict[str, IndexRecord]
