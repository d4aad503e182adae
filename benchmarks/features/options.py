"""The options of a search that are measured, each alone, and together."""

import json
from urllib.parse import urlencode
from urllib.request import urlopen

PLAIN = "plain"
EVERYTHING = "filters, facets, events and highlights together"

_FACETS = "source,language,tag,author,day,month"
_NAMED_FIELDS = ("source", "tag", "author")
_FIXED: dict[str, dict[str, str]] = {
    PLAIN: {},
    "mode=semantic": {"mode": "semantic"},
    "mode=exact": {"mode": "exact"},
    "one facet": {"facets": "source"},
    "six facets": {"facets": _FACETS},
    "group=none": {"group": "none"},
    "group=story": {"group": "story"},
    "group=event": {"group": "event"},
    "paragraphs=3": {"paragraphs": "3"},
    "sort=newest": {"sort": "newest"},
    "sort=blend": {"sort": "blend"},
    "highlight=true": {"highlight": "true"},
    "offset=100": {"offset": "100"},
}
_TOGETHER = _FIXED["six facets"] | _FIXED["group=event"] | _FIXED["highlight=true"]


def options_of(url: str) -> dict[str, dict[str, str]]:
    """Return parameters by name: fixed ones, and filters with the most frequent values of the version at `url`.

    A field of which no article has a value has no filter.
    """
    filters = {field: _filter(url, field) for field in ("language", *_NAMED_FIELDS)}
    filters = {field: parameters for field, parameters in filters.items() if parameters}
    months = _values(url, "month")
    if months:
        filters["published_from"] = {"published_from": f"{sorted(months)[len(months) // 2]}-01"}
    named = {f"filter: {field}": parameters for field, parameters in filters.items()}
    # Not all filters at once, which few articles would pass.
    together = filters.get("source", {}) | filters.get("published_from", {})
    return _FIXED | named | {EVERYTHING: together | _TOGETHER}


def _filter(url: str, field: str) -> dict[str, str]:
    """Return a filter that the articles of the two most frequent values pass; of languages, of the first."""
    values = _values(url, field)[: 1 if field == "language" else 2]
    names = values if field == "language" else ['"' + value.replace('"', '""') + '"' for value in values]
    return {field: ",".join(names)} if names else {}


def _values(url: str, field: str) -> list[str]:
    """Return the values of a field, the most frequent ones first."""
    with urlopen(f"{url}/v1/facets/{field}?{urlencode({'k': 1000})}", timeout=60) as answer:  # noqa: S310  # http only
        return [str(each["value"]) for each in json.load(answer)["values"]]
