"""Numbers with their nouns."""


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Return "1 article", or "1,024 articles": a number, and an English noun in the form that it needs.

    `plural` is that of an irregular noun.
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {plural or noun + 's'}"
