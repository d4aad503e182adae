"""The OpenAPI document as a file: `python -m search_api.openapi_file docs/openapi.json`, or `make openapi`."""

import json
import sys
from pathlib import Path
from typing import Any

from search_api.app import create_app
from search_api.settings import Settings

COMMAND = "make openapi"


def openapi_document() -> dict[str, Any]:
    """Return the document of version 1; no store is opened, and no setting changes it."""
    return create_app(Settings(store=Path("no-store"))).openapi()


def openapi_text() -> str:
    """Return the document as it is checked in: sorted and indented, so that a change shows as few lines."""
    return json.dumps(openapi_document(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(openapi_text(), encoding="utf-8")
