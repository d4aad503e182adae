"""The addresses of the pages of a service, for links in documents that are read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of the service at `base`, its address with a slash at the end."""

    base: str

    @property
    def status(self) -> str:
        """The page on the state of the service, which lists the latest alerts."""
        return f"{self.base}status"

    def search(self, parameters: Mapping[str, str]) -> str:
        """Return the search page that shows what is asked for, in the names that the page has for it."""
        return f"{self.base}?{urlencode(parameters)}" if parameters else self.base

    def article(self, article_id: str) -> str:
        """Return the page of an article; in an id of dots alone, they would lead to another folder."""
        part = article_id.replace(".", "%2E") if article_id in {".", ".."} else quote(article_id, "", errors="replace")
        return f"{self.base}article/{part}"
