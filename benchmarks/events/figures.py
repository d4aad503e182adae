"""From raw records to figures: how well events fit the documents that their articles are halves of."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from benchmarks.corpora.same_event import is_same_event
from benchmarks.events.articles import Titles
from benchmarks.events.records import LabelledArticle, Records, TimeRun

Articles = Mapping[str, LabelledArticle]
Events = Collection[Collection[str]]


@dataclass(frozen=True, slots=True)
class PairScores:
    """Pairs of articles in two languages, at least one of them a half of a document.

    Of the `found` pairs, `right` are the halves of one document, and `same_event` are of two documents that report the
    same event, as judged. `all_right` is the number of documents that have two halves.
    """

    right: int
    same_event: int
    found: int
    all_right: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are halves of one document; 1 if none is found."""
        return self.right / self.found if self.found else 1.0

    @property
    def judged_precision(self) -> float:
        """Share of the found pairs that are halves of one document or report the same event."""
        return (self.right + self.same_event) / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the right pairs that are found."""
        return self.right / self.all_right


@dataclass(frozen=True, slots=True)
class BCubed:
    """B-cubed precision and recall: means over the halves of documents (Bagga and Baldwin 1998)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """The figures of one rule: pairs and B-cubed of the documents that the rule was chosen on, and of the others.

    `other_news` counts the pairs in two languages without any half of a document.
    """

    titles: Titles
    margin_across: float
    margin_within: float
    chosen_on: tuple[PairScores, BCubed]
    held_out: tuple[PairScores, BCubed]
    other_news: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; `chosen` are the margins that a build uses."""

    n_documents: int
    n_other_news: int
    chosen: tuple[float, float]
    rules: list[RuleFigures]
    times: list[TimeRun]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    documents = sorted({article.document for article in records.articles.values() if article.document})
    rules = []
    for run in records.runs:
        # Near-duplicates among the news make events as well; only those with two languages have pairs.
        chosen_on, held_out = (
            (pair_scores(records.articles, run.events, part), b_cubed(records.articles, run.events, part))
            for part in (documents[::2], documents[1::2])
        )
        others = count_other_news(records.articles, run.events)
        rules.append(RuleFigures(run.titles, run.margin_across, run.margin_within, chosen_on, held_out, others))
    n_other_news = sum(article.document is None for article in records.articles.values())
    return Figures(len(documents), n_other_news, records.chosen, rules, records.times)


def pair_scores(
    articles: Articles,
    events: Events,
    documents: Sequence[str],
    is_same: Callable[[str | None, str | None], bool] = is_same_event,
) -> PairScores:
    """Count the pairs in two languages that have a half of one of `documents`.

    A pair with a half of a document that is not among them counts for both.
    """
    wanted = set(documents)
    right = same = found = 0
    for one, other in _pairs_across(articles, events):
        if {one.document, other.document} & wanted:
            found += 1
            right += one.document == other.document
            same += one.document != other.document and is_same(one.document, other.document)
    languages: defaultdict[str, set[str]] = defaultdict(set)
    for article in articles.values():
        if article.document in wanted and article.document is not None:
            languages[article.document].add(article.language)
    return PairScores(right, same, found, sum(len(some) > 1 for some in languages.values()))


def count_other_news(articles: Articles, events: Events) -> int:
    """Count the pairs in two languages that have no half of a document."""
    return sum(one.document is None and other.document is None for one, other in _pairs_across(articles, events))


def b_cubed(articles: Articles, events: Events, documents: Sequence[str]) -> BCubed:
    """Compute B-cubed over the halves of `documents`; all other articles of an event count against its precision."""
    wanted = set(documents)
    event_of = {name: event for event in events for name in event}
    sizes = Counter(article.document for article in articles.values())
    precisions, recalls = [], []
    for name, article in articles.items():
        if article.document in wanted:
            event = event_of.get(name, (name,))
            same = sum(articles[other].document == article.document for other in event)
            precisions.append(same / len(event))
            recalls.append(same / sizes[article.document])
    return BCubed(sum(precisions) / len(precisions), sum(recalls) / len(recalls))


def _pairs_across(articles: Articles, events: Events) -> list[tuple[LabelledArticle, LabelledArticle]]:
    """Return the pairs of articles of one event in two languages."""
    pairs = ((articles[one], articles[other]) for event in events for one, other in combinations(event, 2))
    return [(one, other) for one, other in pairs if one.language != other.language]
