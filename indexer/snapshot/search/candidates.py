"""Stage 3: the paragraphs nearest to a query, language by language."""

from collections.abc import Collection
from dataclasses import dataclass

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.multilingual_index import LanguageMasks, MultilingualIndex
from indexer.snapshot.index.vector_index import Rows


@dataclass(frozen=True, slots=True)
class Candidates:
    """Paragraphs of one language in the order of its index: `rows` and `cosines`, each of shape (n,)."""

    language: str
    rows: Rows
    cosines: FloatArray

    def first(self, n: int) -> "Candidates":
        """Return the first `n` of them."""
        return Candidates(self.language, self.rows[:n], self.cosines[:n])


def find_candidates(
    index: MultilingualIndex,
    vector: FloatArray,
    k: int,
    masks: LanguageMasks | None = None,
    window: int = 0,
    languages: Collection[str] | None = None,
) -> list[Candidates]:
    """Return up to `k` candidates of each language for a neutral query vector, shape (dim,).

    Where more cost little, there are `window` of them, or as many as the first tier of the index has.

    `masks` keeps the paragraphs that are marked; a language without a mask has no candidates. None keeps all. Only
    `languages` are looked at, if they are named.
    """
    wanted = [
        language
        for language in index.indexes
        if (masks is None or language in masks) and (languages is None or language in languages)
    ]
    depths = {language: max(k, min(window, index.indexes[language].first_tier)) for language in wanted}
    found = index.search(vector, depths, masks)
    return [Candidates(language, index.rows[language][rows], cosines) for language, (rows, cosines) in found.items()]
