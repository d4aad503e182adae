"""Opening the index of a version that is divided."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from indexer.snapshot.content.columns import Columns
from indexer.snapshot.layout import VersionLayout
from indexer.snapshot.shards.division import Division, open_shard_numbers
from indexer.snapshot.shards.record import ShardRecord
from indexer.snapshot.shards.requests import LocalShards, ShardGroup
from indexer.snapshot.shards.shard import Shard
from indexer.snapshot.shards.sharded_vectors import ShardedIndex, ShardedVectorIndex
from indexer.snapshot.shards.sharded_words import ShardedWords

ConnectShards = Callable[[VersionLayout, Sequence[ShardRecord], int], ShardGroup]
"""Version, its shards, and the components of a vector to the shards, wherever they are."""


class SearchableShards(NamedTuple):
    """The vectors and words of a version, as the search asks for them."""

    vectors: ShardedIndex
    words: ShardedWords


def open_local_shards(layout: VersionLayout, records: Sequence[ShardRecord], dim: int) -> LocalShards:
    """Map all shards of a version, whose vectors have `dim` components, into the memory of this process.

    Raises:
        SnapshotDamaged, EncoderMismatch: one of them cannot be trusted.
    """
    return LocalShards([Shard.open(layout.shard(number), record.index, dim) for number, record in enumerate(records)])


def open_sharded_index(
    layout: VersionLayout, records: Sequence[ShardRecord], columns: Columns, shards: ShardGroup
) -> SearchableShards:
    """Join the shards of a version whose articles have these columns.

    Raises:
        SnapshotDamaged: the file that names the shard of each article cannot be trusted.
        ValueError: the shards do not have the paragraphs of the corpus.
    """
    of_article = open_shard_numbers(layout.shard_numbers, len(columns.language), len(records))
    of_paragraph = of_article.take(columns.article_of_paragraph)
    division = Division(of_paragraph, len(records))
    sizes = [record.paragraphs for record in records]
    if division.sizes != sizes:
        raise ValueError(f"its shards have {sizes} paragraphs, its corpus gives them {division.sizes}")
    indexes, by_language = {}, {}
    for language in sorted({language for record in records for language in record.index}):
        rows = np.flatnonzero(columns.paragraph_language == columns.languages.index(language))
        by_language[language] = Division(of_paragraph.take(rows), len(records))
        having = {n: record.index[language] for n, record in enumerate(records) if language in record.index}
        indexes[language] = ShardedVectorIndex(language, shards, by_language[language], having)
    spoken = np.asarray(columns.languages)[columns.paragraph_language]
    mean_length = sum(record.words for record in records) / max(division.size, 1)
    words = ShardedWords(shards, division, by_language, mean_length or 1.0)
    return SearchableShards(ShardedIndex(indexes, spoken, shards, division), words)
