"""The search page: three static files that use the public HTTP interface."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

WEB = Path(str(files("search_api.web").joinpath("static")))

# Only files of this service, and no inline code: the text of an article can never run.
_POLICY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"
}

router = APIRouter()
static_files = StaticFiles(directory=WEB)


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Return the search page."""
    return FileResponse(WEB / "index.html", headers=_POLICY)
