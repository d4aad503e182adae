"""Every pattern that is matched against text of sources takes time in proportion to its length.

A pattern that reads a text again from each of its places needs four times as long for twice the text, a nested
repetition far more. Each is given texts that are bad for it, and for patterns in general.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import walk_packages
from time import process_time

import pytest

import indexer.articles
import indexer.reporting
import indexer.snapshot
import indexer.sources

_ROOMS = (indexer.sources, indexer.articles, indexer.reporting, indexer.snapshot)
_LENGTHS = (500, 2_000, 8_000)
_MOST_RATIO = 9
"""From one length to the next, a linear pattern needs four times as long, a quadratic one sixteen times."""

_NOTICEABLE_S = 0.03
"""A pattern that reads 8,000 characters in less than that has not read each of them thousands of times."""

_FROM_THE_START = (
    "_LINK",
    "_CREDIT",
    "_BANNER",
    "_PATTERNS",
    "_TIME",
    "_UNIX_TIME",
    "_WEB_ADDRESS",
    "_FIRST_LINE",
    "_TAG",
)
"""Patterns that are only matched from the beginning of a text (`match`, `fullmatch`), and not searched for in it."""

_UNITS = (
    " ", "a", "ا", "1", "'", '"', "\\'", '\\"', "'a", "/", ":", "-", ".", ",", "&", "&#1", "&a", "<", "[", "(", ")",
    "\n", "\t", "a ", "a/", "a:", "1.", "1/", "1 /", ". ", ", ", '."', ".)", " —", "ط", "طœ", "طا", "ظ،", "Ã", "في",
    "في ",
    "تموز", "تموز/", "a-", "ab-", "-a", "charset", "charset=", "charset ", "<?xml", "<?xml encoding", "<?xml encoding ",
    "<html", "<html lang", "<html lang ", "<!ENTITY", "<rss", "---", "by using ", "by using cookies", "read also",
    "read also ", "photo ", "photo: ", "(photo", "12:00", "2024-01-01T00:00", "2024-01-01T00:00:00.1", "http://",
    "reuters",
)  # fmt: skip


def _patterns() -> Iterator[tuple[str, "re.Pattern[str] | re.Pattern[bytes]"]]:
    for room in _ROOMS:
        for found in walk_packages(room.__path__, f"{room.__name__}."):
            for name, value in vars(import_module(found.name)).items():
                for place, pattern in enumerate(value if isinstance(value, tuple) else (value,)):
                    if isinstance(pattern, re.Pattern):
                        yield f"{found.name}.{name}.{place}", pattern


_PATTERNS = dict(_patterns())


def _is_slow(match: Callable[[str], object], texts: Sequence[str]) -> bool:
    """Return whether a match takes more than its share of time in the longer of the texts."""
    before = 0.0
    for text in texts:
        seconds = _seconds(match, text)
        if seconds > _NOTICEABLE_S:
            return seconds > _MOST_RATIO * before
        before = max(seconds, 1e-4)
    return False


def _seconds(match: Callable[[str], object], text: str) -> float:
    """Return the processor time of a match, the shortest of three."""
    times = []
    for _ in range(3):
        started = process_time()
        match(text)
        times.append(process_time() - started)
        if times[-1] < _NOTICEABLE_S:
            break
    return min(times)


def _searches(name: str, pattern: "re.Pattern[str] | re.Pattern[bytes]") -> Iterator[Callable[[str], object]]:
    """Yield the ways of matching a pattern."""

    def content(text: str) -> str | bytes:
        return text if isinstance(pattern.pattern, str) else text.encode()

    if name in _FROM_THE_START:
        yield lambda text: pattern.match(content(text))  # type: ignore[arg-type]
    else:
        yield lambda text: list(pattern.finditer(content(text)))  # type: ignore[arg-type]
    yield lambda text: pattern.fullmatch(content(text))  # type: ignore[arg-type]


def _slow_text(name: str, pattern: "re.Pattern[str] | re.Pattern[bytes]") -> str | None:
    """Return the first unit of which a text takes more than its share of time when it is longer."""
    contexts = (("", ""), ("'", "!"), ("(", "\x00"))
    for (before, after), unit, match in product(contexts, _UNITS, _searches(name, pattern)):
        if _is_slow(match, [before + unit * (length // len(unit)) + after for length in _LENGTHS]):
            return before + unit
    return None


@pytest.mark.parametrize("name", _PATTERNS)
def test_pattern_is_linear(name: str) -> None:
    assert _slow_text(name.split(".")[-2], _PATTERNS[name]) is None


def test_the_patterns_are_found() -> None:
    assert len(_PATTERNS) > 35
    assert "indexer.sources.parsing.boilerplate._CREDIT.0" in _PATTERNS


@pytest.mark.parametrize(
    ("pattern", "is_slow"),
    [(r"[^\s:]*/[^\s:]*", True), (r"(?<!\S)a+", False), (r"\s+\Z", True)],
)
def test_slow_patterns_are_told_from_others(pattern: str, is_slow: bool) -> None:
    assert (_slow_text("", re.compile(pattern)) is not None) == is_slow


def test_no_pattern_is_hidden_in_a_function() -> None:
    """A pattern that is compiled elsewhere than at the top of a module would not be tested here."""
    calls = re.compile(r"\bre\.(?:sub|search|match|fullmatch|findall|finditer|split)\(")
    for name in [name for name in sys.modules if name.startswith(tuple(room.__name__ for room in _ROOMS))]:
        path = getattr(sys.modules[name], "__file__", None)
        assert path is None or not calls.search(Path(path).read_text(encoding="utf-8")), name
