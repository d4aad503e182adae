"""Raw records: every batch with the same searches one by one, and every export."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchRound:
    """The seconds of some searches in one request, and of the same searches one after the other on one connection.

    `client_s` is the time of the latter with khabar's client for Python. `kind` says which queries they are.
    """

    kind: str
    round: int
    searches: int
    batch_s: float
    single_s: float
    client_s: float


@dataclass(frozen=True, slots=True)
class ExportRound:
    """One export: `first_byte_s` until the first byte of the body, `total_s` until the last one.

    `grown_bytes` is by how much the own memory of the service was larger, at most, than before; `read` says whether
    its client read everything, slowly, or went away after the first bytes. `left_files` are files and connections that
    the service had open more than before, two seconds after the end.
    """

    format: str
    read: str
    round: int
    rows: int
    body_bytes: int
    first_byte_s: float
    total_s: float
    grown_bytes: int
    left_files: int


@dataclass(frozen=True, slots=True)
class Records:
    """One run over a store with so many paragraphs."""

    paragraphs: int
    batches: list[BatchRound]
    exports: list[ExportRound]
