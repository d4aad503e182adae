"""What a store holds, in words and as data."""

from dataclasses import asdict, dataclass
from typing import Any

from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import EncoderManifest, Manifest, age_s, read_encoder_manifest
from indexer.snapshot.format.takedowns import taken_down
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The published version, its query encoder, and the names of all versions, oldest first.

    `taken_down` counts articles that must not be served; `rejected` is a version that the gate did not
    let through and that is newer than the published one, if there is one.
    """

    store: str
    current: Manifest
    encoder: EncoderManifest
    age_s: int
    versions: tuple[str, ...]
    taken_down: int
    rejected: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the status as plain data; checksums are left to the manifest."""
        content = asdict(self)
        del content["current"]["files"], content["encoder"]["files"]
        return content

    def lines(self) -> list[str]:
        """Return the status in readable lines."""
        manifest, encoder = self.current, self.encoder
        counts = manifest.counts
        languages = ", ".join(f"{name} {n:,}" for name, n in counts.paragraphs_by_language.items())
        return [
            f"store      {self.store}",
            f"version    {manifest.version}, built {manifest.created_at} ({_age(self.age_s)} ago)",
            f"content    {counts.articles:,} articles, {counts.paragraphs:,} paragraphs ({languages}), "
            f"{counts.rejected:,} lines rejected",
            f"model      {manifest.encoder.name} ({manifest.encoder.fingerprint}), embedded in "
            f"{manifest.build.precision} on {manifest.build.device}",
            f"queries    {_queries(encoder)}",
            f"index      {', '.join(f'{name} {_index(record)}' for name, record in manifest.index.items())}",
            f"versions   {', '.join(self.versions)}",
            *([f"taken down {self.taken_down:,} articles"] if self.taken_down else []),
            *([f"rejected   {self.rejected}, which is newer: see rejected/reasons.txt"] if self.rejected else []),
        ]


def read_status(store: StoreLayout) -> StoreStatus:
    """Return the status of a store, without checking checksums (`khabar index verify` does).

    Raises:
        StoreNotFound: there is no store, or nothing is published.
        SnapshotDamaged, FormatMismatch: a manifest cannot be read.
    """
    manifest = current_manifest(store)
    return StoreStatus(
        store=str(store.root),
        current=manifest,
        encoder=read_encoder_manifest(store.encoder(manifest.encoder.fingerprint).manifest),
        age_s=int(age_s(manifest)),
        versions=list_versions(store),
        taken_down=len(taken_down(store)),
        rejected=_newer_rejected(store, manifest.version),
    )


def _newer_rejected(store: StoreLayout, published: str) -> str | None:
    names = [path.name for path in store.rejected.glob("*") if path.is_dir() and path.name > published]
    return max(names, default=None)


def list_versions(store: StoreLayout) -> tuple[str, ...]:
    """Return the names of all versions of a store, oldest first (names begin with their time)."""
    try:
        return tuple(
            sorted(path.name for path in store.versions.iterdir() if path.is_dir() and not path.name.startswith("."))
        )
    except OSError as error:
        raise StoreError(f"{store.versions} cannot be read: {error.strerror}") from error


def version_before(store: StoreLayout, version: str) -> str:
    """Return the name of the version that was built before another one.

    Raises:
        StoreError: there is none.
    """
    older = [name for name in list_versions(store) if name < version]
    if not older:
        raise StoreError(f"there is no version before {version} in {store.root}")
    return older[-1]


def _queries(encoder: EncoderManifest) -> str:
    if encoder.agreement is None:
        return f"sentence-transformers, because the model could not be exported: {encoder.fallback_reason}"
    agreement = encoder.agreement
    return f"{encoder.backend}, cosine to the model {agreement.mean:.4f} on average, {agreement.min:.4f} at least"


def _index(record: IndexRecord) -> str:
    return record.kind if record.kind == "exact" else f"{record.kind} (recall@10 {record.recall_at_10:.3f})"


def _age(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
