"""Writing the vectors and words of a version: in one piece, or in one for each shard.

Every piece is indexed by itself, so only the vectors of one are copied at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.lexical_writer import index_words, index_words_of_shards
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import Rows, VectorIndex, save_vectors
from indexer.snapshot.index.word_index import WordIndex
from indexer.snapshot.layout import ShardLayout, VersionLayout
from indexer.snapshot.shards.division import ShardNumbers, save_shard_numbers, shard_of_article
from indexer.snapshot.shards.open import open_local_shards, open_sharded_index
from indexer.snapshot.shards.record import ShardRecord
from indexer.snapshot.shards.sharded_vectors import combined_record
from indexer.vectors.index_choice import EXACT_UP_TO, build_indexes


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a version: where each is written, and which paragraphs it has.

    `rows` are those of the paragraphs of each piece, in order. `of_article`, shape (n_articles,), is the shard of each
    article, and None in a version of one piece; `files` say the same on disk.
    """

    layouts: Sequence[ShardLayout]
    rows: Sequence[Rows]
    of_article: ShardNumbers | None = None
    files: Sequence[Path] = ()

    @classmethod
    def of(cls, corpus: Corpus, layout: VersionLayout, n_shards: int | None) -> "Pieces":
        """Divide a corpus among shards by the ids of its articles, and write that, or leave it whole if there are none.

        `n_shards` is their number; None leaves the version in one piece.
        """
        if n_shards is None:
            return cls([layout], [np.arange(corpus.n_paragraphs)])
        ids = corpus.article_ids()
        of_article = np.fromiter((shard_of_article(each, n_shards) for each in ids), dtype=np.uint16, count=len(ids))
        of_paragraph = of_article.take(corpus.columns.article_of_paragraph)
        rows = [np.flatnonzero(of_paragraph == number) for number in range(n_shards)]
        save_shard_numbers(layout.shard_numbers, of_article)
        return cls([layout.shard(number) for number in range(n_shards)], rows, of_article, [layout.shard_numbers])


@dataclass(frozen=True, slots=True)
class WrittenPieces:
    """Pieces that are written, or their vectors alone.

    `files` are those of all pieces. `records` say how each piece searches each of its languages, and `n_words` how many
    words each has.
    """

    pieces: Pieces
    files: Sequence[Path]
    records: Sequence[dict[str, IndexRecord]]
    n_words: Sequence[int] = ()

    @property
    def index(self) -> dict[str, IndexRecord]:
        """One record for each language of the version."""
        if self.pieces.of_article is None:
            return self.records[0]
        sizes = list(map(len, self.pieces.rows))
        having: dict[str, list[int]] = {}
        for number, of_piece in enumerate(self.records):
            for language in of_piece:
                having.setdefault(language, []).append(number)
        return {
            language: combined_record([self.records[n][language] for n in numbers], [sizes[n] for n in numbers])
            for language, numbers in sorted(having.items())
        }

    @property
    def shards(self) -> tuple[ShardRecord, ...]:
        """What the manifest says of each shard; nothing of a version of one piece."""
        if self.pieces.of_article is None:
            return ()
        n_articles = np.bincount(self.pieces.of_article, minlength=len(self.pieces.rows)).tolist()
        return tuple(map(ShardRecord, n_articles, map(len, self.pieces.rows), self.n_words, self.records))


def write_vectors(
    pieces: Pieces,
    vectors: FloatArray,
    languages: npt.NDArray[np.str_],
    queries: FloatArray,
    budget_bytes: int | None = None,
    exact_up_to: int = EXACT_UP_TO,
    build: Callable[..., dict[str, VectorIndex]] = build_indexes,
) -> WrittenPieces:
    """Index the neutral vectors of each piece with `build` and write them; other arguments are those of that."""
    files = [*pieces.files]
    records = []
    for layout, rows in zip(pieces.layouts, pieces.rows, strict=True):
        own, spoken = (vectors, languages) if len(rows) == len(vectors) else (vectors[rows], languages[rows])
        budget = None if budget_bytes is None else budget_bytes * len(rows) // max(len(vectors), 1)
        indexes = build(own, spoken, queries, budget_bytes=budget, exact_up_to=exact_up_to)
        layout.root.mkdir(parents=True, exist_ok=True)
        files += save_vectors(indexes, layout)
        if pieces.of_article is not None:
            np.save(layout.languages, np.unique(spoken, return_inverse=True)[1].astype(np.uint16), allow_pickle=False)
            files.append(layout.languages)
        records.append({name: index.record for name, index in indexes.items()})
    return WrittenPieces(pieces, files, records)


def write_words(written: WrittenPieces, corpus: Corpus) -> WrittenPieces:
    """Index the words of each piece and write them; return them with the vectors that are written."""
    files, n_words = [*written.files], []
    for layout, words in zip(written.pieces.layouts, _words_of_pieces(written.pieces, corpus), strict=True):
        files += words.save(layout.lexical)
        n_words.append(int(words.lengths.sum(dtype=np.int64)))
    return replace(written, files=files, n_words=n_words)


def _words_of_pieces(pieces: Pieces, corpus: Corpus) -> Iterable[LexicalIndex]:
    if pieces.of_article is None:
        return [index_words(corpus)]
    return index_words_of_shards(corpus, pieces.of_article, len(pieces.rows))


def open_words(layout: VersionLayout, written: WrittenPieces, corpus: Corpus, dim: int) -> WordIndex[Any]:
    """Map the words of a version that is written into memory; its vectors have `dim` components."""
    if not written.shards:
        return LexicalIndex.open(layout.lexical, corpus.n_paragraphs)
    shards = open_local_shards(layout, written.shards, dim)
    return open_sharded_index(layout, written.shards, corpus.columns, shards).words
