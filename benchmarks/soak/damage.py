"""Files damaged one at a time: each damage is noticed and named, or mended by the next build."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.soak.commands import built, khabar
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version

How = Literal["truncated", "bit flipped", "missing"]
HOW: tuple[How, ...] = ("truncated", "bit flipped", "missing")


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged file; `told` is the last line that verifying or building printed about it.

    `noticed` is whether `khabar index verify` failed and named the file; for the cache, whether a
    build succeeded all the same. `mended` is whether, for a query encoder, the next build wrote it anew.
    """

    file: str
    how: How
    noticed: bool
    mended: bool | None
    told: str


def damages(store: Path, source: Path) -> Iterator[Damage]:
    """Damage every file of the published version and of its encoder in every way, then the cache."""
    layout = StoreLayout(store)
    version = layout.version(current_version(layout)).root
    encoder = layout.encoder(read_manifest(version / "manifest.json").encoder.fingerprint).root
    for path in [layout.current, *_files(version)]:
        content = path.read_bytes()
        for how in HOW:
            if not content and how == "truncated":
                continue  # nothing would change
            _damage(path, content, how)
            told = _verified(store)
            path.write_bytes(content)
            noticed = told is not None and (path.name in told or path == layout.current)
            yield Damage(_name(path, store), how, noticed, None, _without(told or "", store))
    for path in _files(encoder):
        for how in HOW:
            _damage(path, path.read_bytes(), how)
            told = _verified(store)
            built(store, source)
            noticed, mended = told is not None and path.name in told, _verified(store) is None
            yield Damage(_name(path, store), how, noticed, mended, _without(told or "", store))
    for path in sorted(layout.cache.glob("*.sqlite")):
        content = path.read_bytes()
        for how in HOW:
            _damage(path, content, how)
            try:
                built(store, source)
                harmless, told = True, ""
            except RuntimeError as error:
                harmless, told = False, str(error)
            yield Damage(_name(path, store), how, harmless, None, _without(told, store))


def _damage(path: Path, content: bytes, how: How) -> None:
    if how == "missing":
        path.unlink()
        return
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
        return
    place = len(content) // 2
    path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :] if content else b"\x10")


def _verified(store: Path) -> str | None:
    """Return what `khabar index verify` complains of, or None where it is content."""
    done = khabar(store, "verify")
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def _name(path: Path, store: Path) -> str:
    return path.relative_to(store).as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _without(text: str, store: Path) -> str:
    """Return a message without the folder that the store happened to be in."""
    return text.replace(f"{store}/", "").replace(str(store), "STORE")
