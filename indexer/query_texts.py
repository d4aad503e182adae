"""Query-like texts of a corpus: its own headlines, from which query centres are estimated."""

from collections.abc import Iterable, Mapping

from indexer.snapshot.text import for_encoder

PER_LANGUAGE = 400
"""Headlines taken for each language; the error of a mean of so many vectors is below 5 % of its length."""

_HEADLINE_WORDS = 16


def query_like_texts(openings: Iterable[tuple[str, str | None, str]]) -> Mapping[str, list[str]]:
    """Return up to 400 headlines for each language, spread evenly over the corpus.

    `openings` are language, title and first paragraph of every article. An article without a
    title counts with the first words of its text.
    """
    headlines: dict[str, list[str]] = {}
    for language, title, opening in openings:
        text = for_encoder(title or "") or " ".join(for_encoder(opening).split()[:_HEADLINE_WORDS])
        if text:
            headlines.setdefault(language, []).append(text)
    return {language: spread(texts, PER_LANGUAGE) for language, texts in sorted(headlines.items())}


def spread(texts: list[str], n: int) -> list[str]:
    """Return `n` of `texts` at even distances, in their order, or all where there are fewer."""
    if len(texts) <= n:
        return texts
    return [texts[row * len(texts) // n] for row in range(n)]
