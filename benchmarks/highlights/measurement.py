"""Words of one sentence as a query, and the sentence that is shown for it in either language of the paragraph."""

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from benchmarks.corpora.parallel import LANGUAGES, Document
from benchmarks.harness.errors import BenchmarkError
from benchmarks.highlights.records import Case
from indexer.snapshot.content.article import Paragraph
from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.highlight import highlights
from indexer.snapshot.search.query import TextTarget
from indexer.snapshot.search.understand import understand
from indexer.snapshot.text.sentences import sentence_spans

WORDS = (3, 8)
"""Lengths of queries: as people type them, and a question."""

_LEAST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class ParallelParagraph:
    """One paragraph in each language; sentence n in one is the translation of sentence n in the other."""

    texts: Mapping[str, str]

    def sentences(self, language: str) -> list[str]:
        """Return its sentences in a language."""
        text = self.texts[language]
        return [text[start:end] for start, end in sentence_spans(text)]


def parallel_paragraphs(documents: Iterable[Document]) -> Iterator[ParallelParagraph]:
    """Yield the paragraphs with as many sentences in one language as in the other, and with three at least."""
    for document in documents:
        for lines in zip(*(document.lines[language] for language in LANGUAGES), strict=True):
            paragraph = ParallelParagraph(dict(zip(LANGUAGES, lines, strict=True)))
            counts = {len(paragraph.sentences(language)) for language in LANGUAGES}
            if len(counts) == 1 and counts.pop() >= _LEAST_SENTENCES:
                yield paragraph


def measure_highlights(snapshot: Snapshot, paragraphs: Iterable[ParallelParagraph], seed: int) -> Iterator[Case]:
    """Take words of one sentence of each paragraph in each language, and highlight each language's paragraph for them.

    Raises:
        BenchmarkError: the store has no static encoder.
    """
    if snapshot.encoders.sentences is None:
        raise BenchmarkError("the store has no static encoder: build it with --query-encoder bundled")
    without = replace(snapshot, encoders=ServingEncoders(snapshot.encoders.queries))
    rng = random.Random(seed)  # noqa: S311  # not a secret; the queries must be repeatable
    for paragraph in paragraphs:
        right = rng.randrange(len(paragraph.sentences(LANGUAGES[0])))
        for n_words in WORDS:
            position = rng.random()  # about the same words in both languages
            for language in LANGUAGES:
                query = _words_at(paragraph.sentences(language)[right], n_words, position)
                for shown_in in LANGUAGES:
                    for encoder, served in (("static", snapshot), ("query", without)):
                        shown, ms = _shown(served, query, language, paragraph.texts[shown_in], shown_in)
                        n_sentences = len(paragraph.sentences(shown_in))
                        yield Case(language, shown_in, n_words, n_sentences, encoder, right, shown, ms)


def _words_at(sentence: str, n: int, position: float) -> str:
    """Return `n` words in a row; `position`, 0 to 1, says where they are in the sentence."""
    words = sentence.split()
    start = round(position * max(len(words) - n, 0))
    return " ".join(words[start : start + n])


def _shown(snapshot: Snapshot, query: str, query_language: str, text: str, language: str) -> tuple[int, float]:
    """Return the number of the sentence that is shown, and the milliseconds that it takes to find it."""
    understood = understand(snapshot, TextTarget(query, query_language))
    paragraph = Paragraph("p", 1, None, text, language)
    started = time.perf_counter()
    ((sentence, *_),) = highlights(snapshot, [paragraph], understood)
    ms = 1000 * (time.perf_counter() - started)
    return [start for start, _ in sentence_spans(text)].index(sentence.start), round(ms, 3)
