"""Numbers with their nouns."""


def counted(n: int, noun: str) -> str:
    """Return "1 article", or "1,024 articles": a number, and a regular English noun in the form that it needs."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
