"""Whether the day or the month comes first in dates such as 05/07/2015: said by the user, or shown by other dates."""

from collections import defaultdict

from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.date_order import DateOrder


class DateOrders:
    """The order of day and month in each file: `chosen` for all files, or the one that all certain dates of it show.

    One file has one order, because one program wrote it: 21/07/2015 in a file settles 05/07/2015. If its dates
    contradict one another, nothing is settled.
    """

    def __init__(self, chosen: DateOrder | None) -> None:
        self._chosen = chosen
        self._shown: defaultdict[str, set[DateOrder]] = defaultdict(set)

    def add(self, item: SourceArticle) -> None:
        """Take notice of the order that the date of an article shows."""
        if item.date is not None and item.date.shows is not None:
            self._shown[item.file].add(item.date.shows)

    def of(self, file: str) -> DateOrder | None:
        """Return the order of a file whose articles have all been added; None if it is not known."""
        if self._chosen is not None:
            return self._chosen
        shown = self._shown.get(file, set())
        return next(iter(shown)) if len(shown) == 1 else None
