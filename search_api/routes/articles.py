"""`/v1/articles`."""

from functools import partial

from fastapi import APIRouter, Request

from search_api.access.disconnection import has_disconnected
from search_api.routes.openapi import KEY_PROBLEMS, problems
from search_api.schemas.articles import ArticleResponse
from search_api.state import SharedState, State

router = APIRouter(tags=["articles"])


# ":path" because article ids may hold slashes.
@router.get("/v1/articles/{article_id:path}", responses=problems(*KEY_PROBLEMS, 404, 503))
async def article(article_id: str, request: Request, state: SharedState) -> ArticleResponse:
    """Return an article with its paragraphs."""
    return await state.admission.run(partial(has_disconnected, request), _article, article_id, state)


def _article(article_id: str, state: State) -> ArticleResponse:
    with state.borrow_snapshot() as snapshot:
        return ArticleResponse.of_stored(snapshot.require_article(article_id))
