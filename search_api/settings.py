"""Settings of the service, from the environment."""

from pathlib import Path
from typing import Any, Literal

from limits import parse
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.snapshot.index.vector_index import usable_cores
from indexer.snapshot.layout import DEFAULT_REPLICA, DEFAULT_STORE
from search_api.logs import LogFormat

_THREADS_A_CORE = 8
"""Where shards are on a cluster, most threads wait for them."""


class Settings(BaseSettings):
    """Settings of the service.

    Environment variables (an option of `khabar serve` of the same name goes first):

    KHABAR_STORE: folder of the store, or the address of one in another place, such as s3://bucket/store, which is
    then followed in the folder KHABAR_REPLICA; default khabar-store.
    KHABAR_REPLICA: folder of this machine's copy of a store in another place; default khabar-replica.
    KHABAR_REPLICA_OF: the address of the store that the folder KHABAR_STORE follows; default none.
    KHABAR_ENGINE: where the shards of a store that is divided are: local, in this process, or ray, on a Ray cluster;
    default local.
    KHABAR_RAY_ADDRESS: the cluster, such as auto; by default Ray is started on this machine.
    KHABAR_SHARD_REPLICAS: replicas of each shard on the cluster, 1 to 100; default 1.
    KHABAR_SHARD_DEADLINE_S: seconds that a shard and its replicas have to answer, above 0, to 60; default 2.
    KHABAR_HOST: address to listen on; default 127.0.0.1.
    KHABAR_PORT: port to listen on, 1 to 65535; default 8000.
    KHABAR_THREADS: requests that are encoded and searched at the same time, 1 to 256; default the number of
    cores that the process may use, and eight times that with shards on a cluster, because they wait for these.
    KHABAR_MAX_WAITING: requests that may wait for a thread in one process; further ones are refused, 0 to 100,000;
    default 256.
    KHABAR_MAX_WAIT_S: seconds that a request may wait for a thread, above 0, to 60; further requests are refused at
    once if the waiting ones will take longer; default 0.6, and with shards on a cluster at least their deadline.
    KHABAR_QUERY_CACHE: queries whose vectors are cached in one process, 0 (none) to 10,000,000; default 10,000.
    KHABAR_MAX_AGE_H: hours after which /v1/index and a metric report the index as too old, above 0; default none.
    KHABAR_UNREADY_WHEN_STALE: true makes /readyz answer 503 while the index is too old; default false.
    KHABAR_INSECURE: true allows an address that other machines reach although there are no keys; default false.
    KHABAR_REQUIRE_KEYS: true answers nothing without a key, even if the store has no keys; default false.
    KHABAR_RATE_LIMIT: how often a key may be used that has no rate of its own, such as 600/minute, in one process;
    default none.
    KHABAR_ALLOWED_HOSTS: names with a dot that clients call the service by, comma-separated; * allows all; default
    none. Addresses and names without a dot are always allowed.
    KHABAR_CORS_ORIGINS: origins whose pages may use the service from a browser, comma-separated, such as
    https://newsroom.example; default none.
    KHABAR_TRUSTED_PROXIES: addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto count, comma-separated;
    default none.
    KHABAR_LOG_FORMAT: text or json; default text.
    KHABAR_ACCESS_LOG: true logs every request; default false.
    KHABAR_DRAIN_S: seconds between SIGTERM and the end of listening, in which /readyz answers 503 and everything else
    is answered as before, 0 to 300; default 0.
    KHABAR_SHUTDOWN_S: seconds that running requests have to end on shutdown, 0 to 300; default 10.
    """

    model_config = SettingsConfigDict(env_prefix="KHABAR_", env_ignore_empty=True, frozen=True)

    store: Path = DEFAULT_STORE
    replica: Path = DEFAULT_REPLICA
    replica_of: str | None = None
    engine: Literal["local", "ray"] = "local"
    ray_address: str | None = None
    shard_replicas: int = Field(default=1, ge=1, le=100)
    shard_deadline_s: float = Field(default=2.0, gt=0, le=60)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    threads: int | None = Field(default=None, ge=1, le=256)
    max_waiting: int = Field(default=256, ge=0, le=100_000)
    max_wait_s: float = Field(default=0.6, gt=0, le=60)
    query_cache: int = Field(default=10_000, ge=0, le=10_000_000)
    max_age_h: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    unready_when_stale: bool = False
    insecure: bool = False
    require_keys: bool = False
    rate_limit: str | None = None
    allowed_hosts: str = ""
    cors_origins: str = ""
    trusted_proxies: str = ""
    log_format: LogFormat = "text"
    access_log: bool = False
    drain_s: float = Field(default=0, ge=0, le=300)
    shutdown_s: int = Field(default=10, ge=0, le=300)

    @property
    def search_threads(self) -> int:
        """Requests that are searched at the same time."""
        return self.threads or usable_cores() * (_THREADS_A_CORE if self.engine == "ray" else 1)

    @property
    def longest_wait_s(self) -> float:
        """Seconds that a request may wait for a thread: a shard whose replica has ended may take its deadline."""
        return max(self.max_wait_s, self.shard_deadline_s) if self.engine == "ray" else self.max_wait_s

    @model_validator(mode="before")
    @classmethod
    def _follow_remote_store(cls, values: dict[str, Any]) -> dict[str, Any]:
        store = values.get("store")
        if not isinstance(store, str) or "://" not in store:
            return values
        if values.get("replica_of", store) != store:
            raise ValueError(f"KHABAR_STORE and KHABAR_REPLICA_OF name two stores: {store}, {values['replica_of']}")
        return {**values, "store": values.get("replica", DEFAULT_REPLICA), "replica_of": store}

    @field_validator("rate_limit")
    @classmethod
    def _is_rate(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse(value)
            except ValueError as error:
                raise ValueError(f"{value!r} is not a rate such as 600/minute or 10/second") from error
        return value


def comma_separated(value: str) -> list[str]:
    """Return the parts of a setting that is a list."""
    return [part.strip() for part in value.split(",") if part.strip()]
