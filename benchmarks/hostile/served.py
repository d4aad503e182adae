"""khabar's application behind another server than usual: `python -m benchmarks.hostile.served SERVER PORT`.

The settings come from the environment, as for `khabar serve`. All servers run one process.
"""

import sys

import uvicorn
from fastapi import FastAPI

from search_api.app import create_app
from search_api.settings import Settings


def application() -> FastAPI:
    """Return the application."""
    return create_app(Settings())


def main() -> None:
    """Serve until SIGTERM."""
    server, port = sys.argv[1], int(sys.argv[2])
    if server == "granian":
        from granian import Granian  # installed apart: khabar does not use it

        target = f"{__package__}.served:application"
        Granian(target, port=port, interface="asgi", factory=True, websockets=False, log_enabled=False).serve()
        return
    uvicorn.run(
        application(),
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        server_header=False,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
