"""The card of a trained query encoder, in Markdown."""

from indexer.encoders.student.student_folder import StudentManifest


def model_card(manifest: StudentManifest) -> str:
    """Return the card: what the encoder is, its figures, its data, and the licences of the data."""
    student, agreement = manifest.student, manifest.agreement
    layers = ", ".join(map(str, student.layers))
    rows = "\n".join(
        f"| {name} | {source.examples:,} | {source.share:.1%} | {_loss(source.held_back_loss)} |"
        for name, source in manifest.sources.items()
    )
    facts = [
        f"Layers {layers} of the passage model, and one linear map after pooling, in int8. The table of word "
        "embeddings is that of the passage model and is not part of this folder.",
        f"It finds {student.recall:.1%} of the ten passages that {manifest.passage_model} finds first, over "
        f"{student.n_queries:,} held-back texts of more than three words.",
        f"int8 against full precision: mean cosine {agreement.mean:.4f}, minimum {agreement.min:.4f}, over "
        f"{agreement.n_texts:,} queries.",
        f"{manifest.steps:,} steps, seed {manifest.seed}, {manifest.threads} threads. Fingerprint "
        f"`{manifest.spec.fingerprint}`.",
    ]
    intro = (
        "A query encoder for khabar, trained with `khabar encoder train`. It encodes queries only; paragraphs keep the "
        f"vectors of {manifest.passage_model} (fingerprint `{student.passage_fingerprint}`)."
    )
    table = f"| source | examples | share of training | loss |\n|---|---|---|---|\n{rows}"
    parts = [
        f"# {manifest.spec.name}",
        intro,
        "\n".join(f"- {fact}" for fact in facts),
        "## Data",
        "The loss is the mean of 1 - cosine to the target, over examples that were held back.",
        table,
        *_phrases(manifest),
        *_static(manifest),
        manifest.licences or "No licences of the data were given (`--licences FILE`).",
    ]
    return "\n\n".join(parts) + "\n"


def _phrases(manifest: StudentManifest) -> list[str]:
    if not manifest.phrases:
        return []
    rows = "\n".join(f"| {name} | {n:,} |" for name, n in manifest.phrase_sources.items())
    return [
        "## Phrases",
        f"A table has the vectors of {manifest.phrases:,} names, places and terms, in 4 bits a component and without "
        "their texts; the network does not encode these.",
        f"| source | phrases |\n|---|---|\n{rows}",
    ]


def _static(manifest: StudentManifest) -> list[str]:
    if not manifest.static_texts:
        return []
    return [
        "## Static encoder",
        f"`static.npz` gives each token one vector. It has learned this encoder's vectors of {manifest.static_texts:,} "
        "texts of the files above, those of more than three words, and compares the sentences of paragraphs.",
    ]


def _loss(loss: float | None) -> str:
    return "" if loss is None else f"{loss:.3f}"
