"""The status of a store, as readable lines and as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from indexer.reporting.counted import counted
from indexer.snapshot.format.manifest import EncoderManifest, Manifest, age_s, as_json, read_encoder_manifest
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest, read_takedowns
from indexer.store.versions import list_versions


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The published version, its query encoder, and the names of all versions, oldest first.

    `taken_down` counts articles that must not be served. `rejected` is the name of the rejected version if it is
    newer than the published one.
    """

    store: str
    current: Manifest
    encoder: EncoderManifest
    age_s: int
    versions: tuple[str, ...]
    taken_down: int
    rejected: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the status as plain data; manifests have the keys of their files, without the checksums."""
        content = asdict(self) | {"current": as_json(self.current), "encoder": as_json(self.encoder)}
        del content["current"]["files"], content["encoder"]["files"]
        return content

    def lines(self) -> list[str]:
        """Return the status in readable lines."""
        manifest, encoder = self.current, self.encoder
        counts = manifest.counts
        languages = ", ".join(f"{name} {n:,}" for name, n in counts.paragraphs_by_language.items())
        return [
            f"store      {self.store}",
            f"version    {manifest.version}, built {manifest.created_at} ({_age_text(self.age_s)} ago)",
            f"content    {counted(counts.articles, 'article')}, "
            f"{counted(counts.paragraphs, 'paragraph')} ({languages}), {counted(counts.rejected, 'record')} rejected",
            f"model      {manifest.encoder.name} ({manifest.encoder.fingerprint}), embedded in "
            f"{manifest.build.precision} on {manifest.build.device}",
            f"queries    {_encoder_text(encoder)}",
            f"index      {_version_index_text(manifest)}",
            f"versions   {', '.join(self.versions)}",
            *([f"taken down {counted(self.taken_down, 'article')}"] if self.taken_down else []),
            *([f"rejected   {self.rejected} (newer): see rejected/reasons.txt"] if self.rejected else []),
        ]


def read_status(store: StoreLayout) -> StoreStatus:
    """Return the status of a store; checksums are not checked (`khabar index verify` checks them).

    Raises:
        StoreNotFound: there is no store, or nothing is published.
        SnapshotDamaged, FormatMismatch: a manifest cannot be read.
    """
    manifest = current_manifest(store)
    return StoreStatus(
        store=str(store.root),
        current=manifest,
        encoder=read_encoder_manifest(store.encoder(manifest.served_encoder.fingerprint).manifest),
        age_s=int(age_s(manifest)),
        versions=list_versions(store),
        taken_down=len(read_takedowns(store).in_force()),
        rejected=_newer_rejected(store, manifest.version),
    )


def _newer_rejected(store: StoreLayout, published: str) -> str | None:
    names = [path.name for path in store.rejected.glob("*") if path.is_dir() and path.name > published]
    return max(names, default=None)


def _encoder_text(encoder: EncoderManifest) -> str:
    if encoder.agreement is None:
        return f"sentence-transformers, because the model could not be exported: {encoder.fallback_reason}"
    agreement = encoder.agreement
    export = f"{encoder.backend}, cosine to the model: mean {agreement.mean:.4f}, minimum {agreement.min:.4f}"
    if encoder.student is None:
        return export
    student = encoder.student
    return (
        f"{encoder.spec.name} ({encoder.spec.fingerprint}), {len(student.layers)} layers, "
        f"with {student.recall:.0%} of the model's first ten passages among its own (docs/models.md says what is "
        f"usual); {export}"
    )


def _version_index_text(manifest: Manifest) -> str:
    languages = ", ".join(f"{name} {_index_text(record)}" for name, record in manifest.index.items())
    return f"{languages}, in {counted(len(manifest.shards), 'shard')}" if manifest.shards else languages


def _index_text(record: IndexRecord) -> str:
    return record.kind if record.kind == "exact" else f"{record.kind} (recall@10 {record.recall_at_10:.3f})"


def _age_text(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
