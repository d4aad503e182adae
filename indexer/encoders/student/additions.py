"""What the commands that add something to a finished encoder have in common: where they begin, and what they write."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from indexer.encoders.models import ModelSource, find_model
from indexer.encoders.student.card import model_card
from indexer.encoders.student.student_folder import StudentFolder, StudentManifest, student_fingerprint
from indexer.snapshot.errors import UsageError


def open_start(path: Path, model: str | None, folder: StudentFolder) -> tuple[StudentFolder, ModelSource]:
    """Return the encoder to begin with and its passage model; the result is to be written into `folder`.

    Raises:
        UsageError: both folders are one.
        ModelError: there is no such encoder or model, or one does not belong to the other.
    """
    start, source = StudentFolder(path), find_model(model)
    start.check_fits(source)
    if folder.root.resolve() == start.root.resolve():
        raise UsageError(f"{folder.root} has the encoder to begin with: name another folder")
    return start, source


def write_extended(before: StudentManifest, folder: StudentFolder, licences: str, **changes: Any) -> StudentManifest:
    """Write card and manifest of an encoder with more files than it had, with `changes` of fields of the manifest."""
    spec = replace(
        before.spec,
        name=folder.root.resolve().name,
        fingerprint=student_fingerprint(folder, before.student.passage_fingerprint),
    )
    licences = "\n\n".join(filter(None, [before.licences, licences.strip()]))
    manifest = replace(before, spec=spec, licences=licences, files=folder.checksums(), **changes)
    folder.card.write_text(model_card(manifest), encoding="utf-8")
    folder.write_manifest(manifest)
    return manifest
