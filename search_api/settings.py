"""Settings of the service, from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.snapshot.layout import DEFAULT_STORE


class Settings(BaseSettings):
    """What the service can be told.

    Environment variables (an option of `khabar serve` of the same name goes first):

    KHABAR_STORE: folder of the store; default khabar-store.
    KHABAR_HOST: address to listen on; default 127.0.0.1.
    KHABAR_PORT: port to listen on, 1 to 65535; default 8000.
    KHABAR_THREADS: requests encoded and searched at once, 1 to 256; default the number of cores.
    KHABAR_SHUTDOWN_S: seconds that running requests get to end on shutdown, 0 to 300; default 10.
    """

    model_config = SettingsConfigDict(env_prefix="KHABAR_", env_ignore_empty=True, frozen=True)

    store: Path = DEFAULT_STORE
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    threads: int | None = Field(default=None, ge=1, le=256)
    shutdown_s: int = Field(default=10, ge=0, le=300)
