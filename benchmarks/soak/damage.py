"""Files damaged one at a time: each damage has to be noticed and named, or repaired by the next build."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.soak.commands import build_store, khabar_index
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.takedown import record_takedowns

DamageKind = Literal["truncated", "bit flipped", "missing"]
DAMAGE_KINDS: tuple[DamageKind, ...] = ("truncated", "bit flipped", "missing")


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged file; `told` is the last line that verifying or building printed about it.

    `noticed` says whether `khabar index verify` failed and named the file; for the cache, whether a build
    succeeded in spite of the damage. `mended` says whether the next build wrote a query encoder again.
    """

    file: str
    how: DamageKind
    noticed: bool
    mended: bool | None
    told: str


def damage_files(store: Path, source: Path) -> Iterator[Damage]:
    """Damage, one at a time, every file of the published version, its encoder, the takedowns and the cache."""
    layout = StoreLayout(store)
    version = layout.version(current_version(layout)).root
    encoder = layout.encoder(read_manifest(version / "manifest.json").served_encoder.fingerprint).root
    for path in [layout.current, *_files(version)]:
        content = path.read_bytes()
        for how in DAMAGE_KINDS:
            if not content and how == "truncated":
                continue  # an empty file cannot be truncated
            _damage(path, content, how)
            error = _verification_error(store)
            path.write_bytes(content)
            noticed = error is not None and (path.name in error or path == layout.current)
            yield Damage(_name(path, store), how, noticed, None, _without_folder(error or "", store))
    yield from _damage_takedowns(layout)
    for path in _files(encoder):
        for how in DAMAGE_KINDS:
            _damage(path, path.read_bytes(), how)
            error = _verification_error(store)
            build_store(store, source)
            noticed, mended = error is not None and path.name in error, _verification_error(store) is None
            yield Damage(_name(path, store), how, noticed, mended, _without_folder(error or "", store))
    for path in sorted(layout.cache.glob("*.sqlite")):
        content = path.read_bytes()
        for how in DAMAGE_KINDS:
            _damage(path, content, how)
            try:
                build_store(store, source)
                failure = ""
            except RuntimeError as error:
                failure = str(error)
            yield Damage(_name(path, store), how, not failure, None, _without_folder(failure, store))


def _damage_takedowns(layout: StoreLayout) -> Iterator[Damage]:
    record_takedowns(layout, ["nobody", "nothing"], "takedown", "a trial")
    for path in (layout.takedowns, layout.takedowns_head):
        content = path.read_bytes()
        for how in DAMAGE_KINDS:
            _damage(path, content, how)
            error = _error(khabar_index(layout.root, "takedowns"))
            path.write_bytes(content)
            noticed = error is not None and path.name in error
            yield Damage(_name(path, layout.root), how, noticed, None, _without_folder(error or "", layout.root))


def _damage(path: Path, content: bytes, how: DamageKind) -> None:
    if how == "missing":
        path.unlink()
        return
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
        return
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :] if content else b"\x10")


def _verification_error(store: Path) -> str | None:
    """Return the last error line of `khabar index verify`, or None if it succeeds."""
    return _error(khabar_index(store, "verify"))


def _error(done: subprocess.CompletedProcess[str]) -> str | None:
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def _name(path: Path, store: Path) -> str:
    return path.relative_to(store).as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _without_folder(text: str, store: Path) -> str:
    """Return a message without the temporary folder of the store."""
    return text.replace(f"{store}/", "").replace(str(store), "STORE")
