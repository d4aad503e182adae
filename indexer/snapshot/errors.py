"""All errors that khabar raises on purpose.

A message is one line for the person who has to act: what is wrong, with its path or value, and what to do about it.
Any other exception is a bug and keeps its traceback.
"""


class KhabarError(Exception):
    """Base of all expected failures; `exit_status` is what the command line ends with."""

    exit_status = 1


class UsageError(KhabarError):
    """An option or argument is wrong, whatever the state of the store."""

    exit_status = 2


class ListenError(KhabarError):
    """The service cannot listen at its address."""


class SourceError(KhabarError):
    """Articles cannot be read, or none of them can be used."""


class ModelError(KhabarError):
    """An encoder cannot be loaded, prompted or trusted."""


class BuildError(KhabarError):
    """A build stopped half-way; the version published before is still published."""


class GateFailed(BuildError):
    """The gate rejected a version that was built; it is not published."""


class StoreError(KhabarError):
    """A store or one of its versions cannot be used."""


class StoreNotFound(StoreError):
    """The path has no store, or the store has no published version."""


class StoreLocked(StoreError):
    """Another build holds the store's lock."""

    exit_status = 3


class SnapshotDamaged(StoreError):
    """A file of a version or of its query encoder is missing or altered."""


class FormatMismatch(StoreError):
    """The version was written in a format that this khabar does not read."""


class EncoderMismatch(StoreError):
    """The query encoder is not the one that the version's vectors were made with."""


class ClusterError(KhabarError):
    """Shards on a cluster cannot be started, or do not answer."""


class ArticleNotFound(KhabarError):
    """The version does not have the article that is asked for, or it is taken down."""


class SavedSearchNotFound(KhabarError):
    """No saved search has this id."""


class SavedSearchConflict(KhabarError):
    """A saved search cannot be added: its id is used, or there are too many."""
