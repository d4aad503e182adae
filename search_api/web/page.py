"""The pages for people: one HTML file and modules of JavaScript that use the public HTTP interface.

Modules and styles are served under a name with the digest of them all, so that browsers keep them for ever and a new
release never runs beside modules of an old one.
"""

import re
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(str(files("search_api.web").joinpath("static")))


def _digest(folder: Path) -> str:
    digest = blake2b(digest_size=6)
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


FOLDER = f"web/{_digest(WEB)}"
"""Where the files of the pages are, relative to the service."""

# Only files of this service, and no inline code: the text of an article can never run.
_POLICY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"
}

_IMPORT = re.compile(r'from "\./(\w+\.js)"')


def _with_imports(module: str) -> set[str]:
    """Return the names of a module and of those that it imports, directly or by others."""
    found: set[str] = set()
    waiting = {module}
    while waiting:
        found |= waiting
        texts = [(WEB / name).read_text(encoding="utf-8") for name in waiting]
        waiting = {name for text in texts for name in _IMPORT.findall(text)} - found
    return found


def _page_of(view: str) -> str:
    """Return the HTML of a page; all its modules are asked for at once: one says only when it runs which it imports."""
    modules = sorted(_with_imports("main.js") - {"main.js"} | _with_imports(view))
    links = [f'<link rel="modulepreload" href="{{web}}/{name}">' for name in modules]
    html = (WEB / "index.html").read_text(encoding="utf-8")
    return html.replace("{modules}", "\n    ".join(links))


_SEARCH, _STATUS, _ARTICLE = map(_page_of, ("search_view.js", "status_view.js", "article_view.js"))


class _KeptFiles(StaticFiles):
    """Files whose address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


router = APIRouter()
static_files = GZipMiddleware(_KeptFiles(directory=WEB), minimum_size=500)


@router.get("/", include_in_schema=False)
async def search_page(request: Request) -> HTMLResponse:
    """Return the page of the search."""
    return _page(request, _SEARCH)


@router.get("/status", include_in_schema=False)
async def status_page(request: Request) -> HTMLResponse:
    """Return the page of the state of the service."""
    return _page(request, _STATUS)


@router.get("/article/{article_id:path}", include_in_schema=False)
async def article_page(request: Request) -> HTMLResponse:
    """Return the page of an article; its module reads from the address which."""
    return _page(request, _ARTICLE)


def _page(request: Request, html: str) -> HTMLResponse:
    """Return a page with addresses relative to it: the service may be behind a prefix of a proxy.

    Slashes of an article's id may be written as parts of it (%2F), and are no folders then.
    """
    depth = request.scope.get("raw_path", request.url.path.encode()).count(b"/") - 1
    root = "../" * depth or "./"
    return HTMLResponse(html.replace("{web}", root + FOLDER).replace("{root}", root), headers=_POLICY)
