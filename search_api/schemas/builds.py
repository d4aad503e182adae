"""The last builds in responses."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from indexer.snapshot.format.build_history import PastBuild, RejectedBuild, StageTime, UnreadableBuild
from indexer.snapshot.format.manifest import Counts
from search_api.schemas.index import IndexRef

DEFAULT_BUILDS, MAX_BUILDS = 10, 100


@dataclass(slots=True, kw_only=True)
class BuildOut(IndexRef):
    """A version that is on disk, and how it was built."""

    served: Annotated[bool, Field(description="Whether this service answers from it.")]
    khabar: Annotated[str, Field(description="Version of the khabar that built it.")]
    added_to: Annotated[str | None, Field(description="The version that its sources were put on top of.")]
    counts: Counts
    accepted: Annotated[int, Field(description="Articles that its sources had.")]
    embedded: Annotated[int, Field(description="Paragraphs that were new, and so had to be embedded.")]
    taken_down: Annotated[int, Field(description="Articles that were left out because they are taken down.")]
    expired: Annotated[int, Field(description="Articles that were left out because they are too old.")]
    recall_at_10: Annotated[dict[str, float], Field(description="Of the index of each language, when it was built.")]
    seconds: Annotated[float, Field(description="Sum of the stages.")]
    stages: list[StageTime]

    @classmethod
    def of_build(cls, build: PastBuild, served: str) -> "BuildOut":
        """Return the wire form of a build; `served` is the version that is served."""
        manifest, figures = build.manifest, build.figures
        return cls(
            version=manifest.version,
            created_at=manifest.created_at,
            served=manifest.version == served,
            khabar=manifest.build.khabar,
            added_to=manifest.build.added_to,
            counts=manifest.counts,
            accepted=figures.accepted,
            embedded=figures.embedded,
            taken_down=figures.taken_down,
            expired=figures.expired,
            recall_at_10={language: record.recall_at_10 for language, record in manifest.index.items()},
            seconds=round(sum(stage.seconds for stage in figures.stages), 3),
            stages=list(figures.stages),
        )


@dataclass(slots=True)
class BuildsResponse:
    """The last builds, the newest first, and what operators ask when one is missing."""

    index: IndexRef
    taken_down: Annotated[int, Field(description="Articles that are taken down now.")]
    builds: list[BuildOut]
    unreadable: Annotated[list[UnreadableBuild], Field(description="Versions whose manifest or report is damaged.")]
    rejected: Annotated[
        RejectedBuild | None, Field(description="What the gate rejected after the served version was built.")
    ]
