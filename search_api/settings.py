"""Settings of the service, from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.snapshot.layout import DEFAULT_STORE


class Settings(BaseSettings):
    """Settings of the service.

    Environment variables (an option of `khabar serve` of the same name goes first):

    KHABAR_STORE: folder of the store; default khabar-store.
    KHABAR_HOST: address to listen on; default 127.0.0.1.
    KHABAR_PORT: port to listen on, 1 to 65535; default 8000.
    KHABAR_THREADS: requests that are encoded and searched at the same time, 1 to 256; default the number of
    cores that the process may use.
    KHABAR_MAX_WAITING: requests that may wait for a thread in one process; further ones are refused, 0 to 100,000;
    default 256.
    KHABAR_QUERY_CACHE: queries whose vectors are cached in one process, 0 (none) to 10,000,000; default 10,000.
    KHABAR_MAX_AGE_H: hours after which /readyz and a metric report the index as too old, above 0; default none.
    KHABAR_SHUTDOWN_S: seconds that running requests have to end on shutdown, 0 to 300; default 10.
    """

    model_config = SettingsConfigDict(env_prefix="KHABAR_", env_ignore_empty=True, frozen=True)

    store: Path = DEFAULT_STORE
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    threads: int | None = Field(default=None, ge=1, le=256)
    max_waiting: int = Field(default=256, ge=0, le=100_000)
    query_cache: int = Field(default=10_000, ge=0, le=10_000_000)
    max_age_h: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    shutdown_s: int = Field(default=10, ge=0, le=300)
