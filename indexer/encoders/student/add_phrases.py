"""`khabar encoder phrases`: from a trained query encoder to one that also has a table of phrases.

The table keeps the targets themselves (`targets.py`), which a network only comes near to. Nothing is trained, so the
names of an archive are learned as fast as the passage model reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.embedding.sampling import evenly_spaced
from indexer.encoders.models import ModelSource
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.encoders.student.additions import open_start, write_extended
from indexer.encoders.student.examples import Example, ExampleSource, short_pair_sources
from indexer.encoders.student.run_folder import RunFolder
from indexer.encoders.student.student_folder import StudentFolder, StudentManifest
from indexer.encoders.student.targets import IN_TABLE, Targets
from indexer.encoders.student.teacher_vectors import teacher_vectors
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.phrase_table import PhraseTable, to_codes
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.errors import UsageError
from indexer.snapshot.text.phrase_key import phrase_key

_SEED = 0


@dataclass(frozen=True, slots=True)
class PhrasesRequest:
    """Which phrases to add to the finished encoder in the folder `start`, trained for the passage model `model`.

    If the files have more than `most` phrases, the last ones are thinned out evenly; `terms` come after `pairs`.
    """

    start: Path
    model: str | None
    pairs: Sequence[Path]
    terms: Sequence[Path]
    most: int


def add_phrases(request: PhrasesRequest, folder: StudentFolder, licences: str, reporter: Reporter) -> StudentManifest:
    """Write a copy of an encoder with the phrases into `folder`; phrases that it had already are kept.

    A phrase that several pairs have gets the mean of their targets. `licences` is Markdown about the files.

    Raises:
        UsageError: a file cannot be used, there is no phrase, or the folder is that of the encoder to begin with.
        ModelError: there is no such encoder or model, or one does not belong to the other.
    """
    start, source = open_start(request.start, request.model, folder)
    before = start.read_manifest()
    phrases = _first_of_each(short_pair_sources(request.pairs, request.terms, _SEED), request.most)
    if not phrases:
        raise UsageError("the files have no pair of names, places or terms: three words at most in either language")
    folder.root.mkdir(parents=True, exist_ok=True)
    targets = _targets(phrases, source, start, folder, reporter)
    table = _table(phrases, targets)
    if start.phrases.exists():
        table = _merged(table, PhraseTable.open(start.phrases, before.spec.dim))
    start.copy_files(folder)
    folder.write_centres(targets.centres)
    table.save(folder.phrases)
    counts = {source.name: len({phrase_key(example.text.text) for example in source.examples}) for source in phrases}
    return write_extended(before, folder, licences, phrases=len(table), phrase_sources=before.phrase_sources | counts)


def _first_of_each(sources: Sequence[ExampleSource], most: int) -> list[ExampleSource]:
    """Keep all examples of the first sources and evenly spaced ones of the last, so that `most` phrases are left."""
    kept, seen = [], set[int]()
    for source in sources:
        new = dict.fromkeys(key for example in source.examples if (key := phrase_key(example.text.text)) not in seen)
        seen |= set(evenly_spaced(list(new), most - len(seen)))
        examples = [example for example in source.examples if phrase_key(example.text.text) in seen]
        if examples:
            kept.append(ExampleSource(source.name, examples))
    return kept


def _targets(
    phrases: Sequence[ExampleSource], source: ModelSource, start: StudentFolder, folder: StudentFolder, show: Reporter
) -> Targets:
    teacher = SentenceTransformersEncoder.load(source)
    working = RunFolder(folder.root)
    working.root.mkdir(exist_ok=True)
    rows, vectors = teacher_vectors(phrases, teacher, working, show)
    return Targets(rows, vectors, start.read_centres())


def _table(phrases: Sequence[ExampleSource], targets: Targets) -> PhraseTable:
    examples: list[Example] = [example for source in phrases for example in source.examples]
    keys, rows = np.unique(
        np.array([phrase_key(example.text.text) for example in examples], dtype=np.uint64), return_inverse=True
    )
    sums = np.zeros((len(keys), targets.dim), dtype=np.float32)
    np.add.at(sums, rows, targets.of(examples, IN_TABLE))
    return PhraseTable(keys, to_codes(unit(sums)))


def _merged(new: PhraseTable, before: PhraseTable) -> PhraseTable:
    """Return a table with all rows of `new`, and the rows of `before` whose keys are not in `new`."""
    kept: npt.NDArray[np.bool_] = ~np.isin(before.keys, new.keys)
    keys = np.concatenate([new.keys, before.keys[kept]])
    order = np.argsort(keys)
    return PhraseTable(keys[order], np.concatenate([new.codes, before.codes[kept]])[order])
