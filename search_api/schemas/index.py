"""The served version in responses."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from indexer.snapshot.format.manifest import Counts, EncoderManifest, Manifest, age_s, is_stale
from indexer.snapshot.reader import Snapshot


@dataclass(slots=True, kw_only=True)
class IndexRef:
    """The index version that answered."""

    version: str
    created_at: str

    @classmethod
    def of(cls, manifest: Manifest) -> "IndexRef":
        """Return the name and time of a version."""
        return IndexRef(version=manifest.version, created_at=manifest.created_at)


@dataclass(slots=True)
class StudentOut:
    """The trained query encoder."""

    name: str
    fingerprint: str
    layers: Annotated[int, Field(description="How many layers of the model it has.")]
    recall: Annotated[
        float, Field(description="Share of the model's first ten passages that it finds too, over held-back texts.")
    ]


@dataclass(slots=True)
class EncoderOut:
    """The model behind the index, and how its queries are encoded."""

    name: str
    fingerprint: str
    dim: int
    backend: str
    agreement_mean: Annotated[
        float | None,
        Field(description="Mean cosine of served query vectors to those of the encoder before its weights were int8."),
    ]
    agreement_min: float | None
    student: Annotated[
        StudentOut | None, Field(description="The trained query encoder; null if the model encodes them itself.")
    ]


@dataclass(slots=True)
class LanguageIndexOut:
    """How one language is searched."""

    kind: Annotated[str, Field(description="exact, or what finds candidates: hnsw-sq8, ivf-sq8, ivf-pq4.")]
    recall_at_10: Annotated[float, Field(description="Measured at build time against exact search.")]


@dataclass(slots=True, kw_only=True)
class IndexResponse(IndexRef):
    """Description of the snapshot that is served."""

    age_s: Annotated[float, Field(description="Seconds since the version was built.")]
    stale: Annotated[bool, Field(description="Whether it is older than KHABAR_MAX_AGE_H allows.")]
    counts: Counts
    encoder: EncoderOut
    index: Annotated[
        dict[str, LanguageIndexOut], Field(description="How the paragraphs of each language are searched.")
    ]

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot, max_age_h: float | None) -> "IndexResponse":
        """Return the wire form of a snapshot's manifest."""
        manifest, encoder = snapshot.manifest, snapshot.encoder_manifest
        return cls(
            version=manifest.version,
            created_at=manifest.created_at,
            age_s=round(age_s(manifest), 1),
            stale=is_stale(manifest, max_age_h),
            counts=manifest.counts,
            encoder=EncoderOut(
                name=manifest.encoder.name,
                fingerprint=manifest.encoder.fingerprint,
                dim=manifest.encoder.dim,
                backend=encoder.backend,
                agreement_mean=encoder.agreement.mean if encoder.agreement else None,
                agreement_min=encoder.agreement.min if encoder.agreement else None,
                student=_student(encoder),
            ),
            index={
                language: LanguageIndexOut(kind=record.kind, recall_at_10=record.recall_at_10)
                for language, record in manifest.index.items()
            },
        )


def _student(encoder: EncoderManifest) -> StudentOut | None:
    if encoder.student is None:
        return None
    n_layers = len(encoder.student.layers)
    return StudentOut(encoder.spec.name, encoder.spec.fingerprint, n_layers, encoder.student.recall)


@dataclass(slots=True)
class Health:
    """State of the process."""

    status: str
