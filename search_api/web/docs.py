"""`/docs`: the interactive documentation, with files of this service only and without inline code."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from search_api.web.page import FOLDER, WEB

# Swagger UI writes styles into its elements and has its icons as data.
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_DOCS = (WEB / "docs.html").read_text(encoding="utf-8").replace("{web}", FOLDER)

router = APIRouter()

# Newsrooms have machines without internet: the package brings Swagger UI, which FastAPI loads from elsewhere.
swagger_files = StaticFiles(directory=Path(str(files("fastapi_offline").joinpath("static"))))


@router.get("/docs", include_in_schema=False)
async def docs() -> HTMLResponse:
    """Return the page of the interactive documentation."""
    return HTMLResponse(_DOCS, headers={"Content-Security-Policy": _POLICY})
