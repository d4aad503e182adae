"""Fixtures shared by all tests."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from platformdirs import user_cache_path
from starlette.testclient import TestClient

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.snapshot.encoder import open as opening
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from search_api.app import create_app
from search_api.settings import Settings
from tests.fakes import FakeBackend, publish_fake_store

ROOT = Path(__file__).parent.parent

# The same examples every time, and no test fails for being slow.
settings.register_profile("khabar", derandomize=True, deadline=None)
settings.load_profile("khabar")


def make_article(
    article_id: str,
    language: str,
    *blocks: str,
    title: str | None = None,
    source: str | None = None,
    published: str | None = None,
    author: str | None = None,
    tags: Sequence[str] = (),
) -> Article:
    """Return an article with what most tests need."""
    return Article(
        id=article_id,
        language=language,
        blocks=blocks,
        title=title,
        source=source,
        url=f"https://example.org/{article_id}",
        published=PublicationTime.parse(published) if published else None,
        author=author,
        tags=tuple(tags),
    )


def fake_entry_points(group: str, name: str) -> list[FakeBackend]:
    """Return the entry points of a group as `entry_points` does, able to open the fake encoder too."""
    return [FakeBackend(entry) for entry in entry_points(group=group, name=name)]


@pytest.fixture(scope="session", autouse=True)
def fake_backend() -> Iterator[None]:
    """Let stores that were made with the fake encoder be opened like any other, by their back end's entry point."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "entry_points", fake_entry_points)
        yield


# Every paragraph has ten words or more: shorter ones would be joined.
ARTICLES = (
    make_article(
        "ar-treaty",
        "ar",
        "معاهدة معاهدة بين روسيا ودولة أخرى وقعت في احتفال كبير أمس",
        "ما بعد التوقيع",
        "يقول خبراء إن قناة جديدة سوف تفتح للتجارة بين البلدين قريبا.",
        title="معاهدة",
        source="الضفة",
        published="2024-05-14",
    ),
    make_article(
        "en-canal",
        "en",
        "The canal was closed for six days while crews dug out the ship.",
        "Owners of the canal asked for money after the long and costly delay.",
        "Insurers still argue who will pay for all of the lost canal tolls.",
        title="Canal open again",
        source="Harbour Post",
        published="2021-03-29T10:00:00Z",
    ),
    make_article(
        "en-moon",
        "en",
        "A probe reached the moon and sent its very first pictures home today.",
        title="Moon landing",
        source="Harbour Post",
        published="2023-08-23",
    ),
    make_article(
        "ar-quake",
        "ar",
        "زلزال قوي ضرب المغرب ليلا وخلف مئات القتلى في القرى الجبلية النائية",
        source="الضفة",
        published="2023-09-08T22:11:00Z",
    ),
    make_article(
        "en-undated/with slash",
        "en",
        "Election day: an early election, the third election within only two short years.",
        title="Election",
    ),
)


@pytest.fixture(scope="session", autouse=True)
def _own_model_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep exports of test models out of the user's cache; the bundled model that is unpacked there is used."""
    folder = tmp_path_factory.mktemp("model-cache")
    for unpacked in user_cache_path("khabar").glob("multilingual-e5-small-*"):
        (folder / unpacked.name).symlink_to(unpacked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KHABAR_MODEL_CACHE", str(folder))
        yield


@pytest.fixture(scope="session")
def fake_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published store of ARTICLES; not to be changed."""
    root = tmp_path_factory.mktemp("fake-store")
    publish_fake_store(root, ARTICLES)
    return root


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of the sample corpus, built by the command with the default model; not to be changed.

    Building it takes a minute, so the processes of a run share one: whichever needs it first builds it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    store = folder / "sample-store"
    with FileLock(folder / "sample-store.lock"):
        if not StoreLayout(store).current.exists():
            articles = str(ROOT / "data" / "articles.jsonl")
            command = [
                sys.executable,
                "-m",
                "search_api",
                "index",
                "build",
                articles,
                "--store",
                str(store),
                "--strict",
            ]
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return store


@pytest.fixture
def snapshot(fake_store: Path) -> Iterator[Snapshot]:
    """Return the opened snapshot of ARTICLES."""
    opened = open_snapshot(fake_store)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(fake_store: Path) -> Iterator[TestClient]:
    """Return a client of the service over ARTICLES, in-process."""
    app = create_app(Settings(store=fake_store))
    with TestClient(app, raise_server_exceptions=False) as running:
        yield running


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a real, tiny sentence-transformers model with E5's prompts."""
    from tests.tiny_model import write_tiny_model  # torch, which many tests do without

    root = tmp_path_factory.mktemp("tiny-model")
    prompts = {"query": "query: ", "passage": "passage: "}
    return write_tiny_model(root / "tiny", tmp_path_factory.mktemp("tiny-model-parts"), prompts=prompts)
