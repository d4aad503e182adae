"""The manifest for Kubernetes: every field exists, and it runs what this version of khabar has."""

import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from lightkube.models.batch_v1 import CronJob
from lightkube.models.core_v1 import PersistentVolumeClaim, PodTemplateSpec, Secret, Service
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from typer.main import get_command

from search_api.cli import app
from tests.conftest import ROOT

MANIFEST = ROOT / "docs" / "deploy" / "raycluster.yaml"
OF_KUBERNETES = {
    "Secret": Secret,
    "PersistentVolumeClaim": PersistentVolumeClaim,
    "Service": Service,
    "CronJob": CronJob,
}
RAY_CONTAINERS = {"head": "ray-head", "shards": "ray-worker", "http": "ray-worker"}


class Strict(BaseModel):
    """A part of a RayCluster, `ray.io/v1`: the fields that the manifest may use, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class HeadGroup(Strict):
    ray_start_params: dict[str, str]
    template: dict[str, Any]


class WorkerGroup(HeadGroup):
    group_name: str
    replicas: int
    min_replicas: int
    max_replicas: int


class ClusterSpec(Strict):
    ray_version: str
    head_group_spec: HeadGroup
    worker_group_specs: list[WorkerGroup]


class Metadata(Strict):
    name: str
    annotations: dict[str, str]


class RayCluster(Strict):
    api_version: str
    kind: str
    metadata: Metadata
    spec: ClusterSpec


def documents() -> dict[str, dict[str, Any]]:
    """Return the objects of the manifest by kind, each of which it has once."""
    found = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
    assert len({one["kind"] for one in found}) == len(found)
    return {one["kind"]: one for one in found}


def check(kind: Any, content: dict[str, Any]) -> None:
    """Fail if an object of Kubernetes has a field that does not exist: such a field is lost on the way."""
    assert kind.from_dict(content).to_dict() == content


def templates() -> dict[str, dict[str, Any]]:
    """Return the pods of each group of the cluster."""
    spec = RayCluster.model_validate(documents()["RayCluster"]).spec
    return {"head": spec.head_group_spec.template} | {one.group_name: one.template for one in spec.worker_group_specs}


def container(group: str) -> dict[str, Any]:
    (found,) = templates()[group]["spec"]["containers"]
    return dict(found)


def commands() -> dict[str, list[str]]:
    """Return the khabar commands of the manifest by what runs them."""
    (serve,) = re.findall(r"exec (khabar serve.*)", container("http")["args"][0])
    job = documents()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    return {"http": shlex.split(serve), "rebuild": job["command"]}


@pytest.mark.parametrize("kind", [*OF_KUBERNETES])
def test_objects_have_fields_of_kubernetes_only(kind: str) -> None:
    check(OF_KUBERNETES[kind], documents()[kind])


@pytest.mark.parametrize("group", RAY_CONTAINERS)
def test_pods_have_fields_of_kubernetes_only_and_the_names_that_the_operator_wants(group: str) -> None:
    check(PodTemplateSpec, templates()[group])
    assert container(group)["name"] == RAY_CONTAINERS[group]
    mounted = {mount["name"] for mount in container(group)["volumeMounts"]}
    assert mounted == {volume["name"] for volume in templates()[group]["spec"]["volumes"]} == {"store"}


def test_a_field_that_does_not_exist_is_found() -> None:
    service = documents()["Service"]
    with pytest.raises(AssertionError):
        check(Service, service | {"specs": {}})
    with pytest.raises(msgspec.ValidationError):
        check(Service, service | {"spec": {"ports": "http"}})
    with pytest.raises(ValidationError):
        RayCluster.model_validate(documents()["RayCluster"] | {"spec": {"rayVersion": "2"}})


def test_versions_are_those_of_this_khabar() -> None:
    text = MANIFEST.read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    (ray,) = re.findall(r"^ray==(.*)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"image: (.*)", text)) == {f"khabar:{version}"}
    assert documents()["RayCluster"]["spec"]["rayVersion"] == ray


def test_every_command_and_option_exists_and_all_use_one_store_with_as_many_shards_as_machines() -> None:
    stores = set()
    for command in commands().values():
        program, *arguments = command
        assert program == "khabar"
        known: Any = get_command(app)
        while hasattr(known, "commands"):
            known = known.commands[arguments.pop(0)]
        known.make_context(known.name, [*arguments])  # a usage error if an option does not exist
        stores.add(Path(arguments[arguments.index("--store") + 1]))
    mounts = [mount for group in RAY_CONTAINERS for mount in container(group)["volumeMounts"]]
    assert stores == {Path(mount["mountPath"]) for mount in mounts}
    shards = int(commands()["rebuild"][commands()["rebuild"].index("--shards") + 1])
    groups = {one["groupName"]: one for one in documents()["RayCluster"]["spec"]["workerGroupSpecs"]}
    assert groups["shards"]["replicas"] == shards


def test_requests_reach_the_containers_that_answer_http() -> None:
    service = documents()["Service"]["spec"]
    assert service["selector"].items() <= templates()["http"]["metadata"]["labels"].items()
    (port,), (target,) = container("http")["ports"], service["ports"]
    assert target["targetPort"] == port["name"] == container("http")["readinessProbe"]["httpGet"]["port"]


def test_every_container_of_the_cluster_has_the_token() -> None:
    for group in RAY_CONTAINERS:
        environment = {one["name"]: one for one in container(group)["env"]}
        assert environment["RAY_AUTH_MODE"]["value"] == "token"
        secret = environment["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"]
        assert secret["name"] == documents()["Secret"]["metadata"]["name"]
        assert secret["key"] in documents()["Secret"]["stringData"]
