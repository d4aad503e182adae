"""The units and the crontab that are handed out."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from search_api.app import create_app
from search_api.cli import app as khabar_app
from search_api.settings import Settings
from tests.conftest import ROOT
from tests.service_process import free_port, service_in_thread

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("khabar*.*"))
TIMERS = sorted(DEPLOY.glob("*.timer"))
SERVICES = sorted(DEPLOY.glob("*.service"))
# How many khabar commands each file runs: a pattern that finds none would pass everything.
COMMANDS = {"khabar.service": 1, "khabar-rebuild.service": 3, "crontab": 3}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_units_are_what_systemd_understands(tmp_path: Path) -> None:
    """With a program that exists: whether khabar is installed at the path given is not the unit's fault."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace("/opt/khabar/bin/khabar", "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Failed to" in done.stderr and "bus" in done.stderr:
        pytest.skip(f"systemd-analyze cannot run here: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_units_may_do_little(unit: Path) -> None:
    """systemd adds up what a unit may do, from 0 (nothing) to 10 (all that root may do)."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Overall exposure" not in done.stdout:
        pytest.skip(f"systemd-analyze cannot rate units here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout[-200:]  # the threshold is in tenths


def test_every_file_is_checked_by_a_test_below() -> None:
    named = {*COMMANDS, *(timer.name for timer in TIMERS), "khabar.socket"}
    assert {path.name for path in [*UNITS, DEPLOY / "crontab"]} == named
    assert len(TIMERS) == 1


def test_units_are_bounded_and_the_service_outlives_the_rebuild() -> None:
    scores = {}
    for unit in SERVICES:
        settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE))
        assert {"MemoryMax", "OOMScoreAdjust", "LimitNOFILE", "TasksMax"} <= settings.keys(), unit.name
        scores[unit.name] = int(settings["OOMScoreAdjust"])
    assert scores["khabar.service"] < 0 < scores["khabar-rebuild.service"]


def test_the_service_is_given_time_to_drain() -> None:
    text = (DEPLOY / "khabar.service").read_text(encoding="utf-8")
    (given,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, flags=re.MULTILINE)
    (suggested,) = re.findall(r"KHABAR_DRAIN_S=(\d+)", text)
    assert int(given) > int(suggested) + Settings().shutdown_s


def test_socket_and_settings_have_the_same_address() -> None:
    text = (DEPLOY / "khabar.socket").read_text(encoding="utf-8")
    defaults = Settings()
    assert re.findall(r"^ListenStream=(.+)$", text, flags=re.MULTILINE) == [f"{defaults.host}:{defaults.port}"]
    assert "Accept=" not in text  # one service for all connections


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_exist_with_their_options(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    lines = re.findall(r"/bin/khabar ([^&)>\n]+)", text)
    assert len(lines) == COMMANDS[name]
    for line in lines:
        command: Any = typer.main.get_command(khabar_app)
        words = line.split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands"), line
        command.make_context("khabar", words).close()


@pytest.mark.parametrize("name", COMMANDS)
def test_settings_exist(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    names = re.findall(r"KHABAR_([A-Z_]+)=", text)
    assert names
    assert {name.lower() for name in names} <= {*Settings.model_fields, "model_cache"}


@pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.name)
def test_a_timer_starts_a_service_that_is_there(timer: Path) -> None:
    """systemd starts the service of the same name, unless `Unit=` names another one."""
    text = timer.read_text(encoding="utf-8")
    unit = re.search(r"^Unit=(.+)$", text, flags=re.MULTILINE)
    service = DEPLOY / (unit[1] if unit else f"{timer.stem}.service")
    assert "Type=oneshot" in service.read_text(encoding="utf-8")
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", text, flags=re.MULTILINE)
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", calendar), "once a night"


def test_timer_and_crontab_build_at_the_same_hour() -> None:
    (timer,) = TIMERS
    hour, minute = re.findall(r"^OnCalendar=\S+ (\d\d):(\d\d):", timer.read_text(encoding="utf-8"), re.MULTILINE)[0]
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    (build,) = [line for line in lines if "index build" in line]
    assert build.startswith(f"{int(minute)} {int(hour)} * * *")


def make_certificate(folder: Path) -> None:
    """Write `key.pem` and `fullchain.pem` for the name in the examples."""
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=khabar.example"]
    make += ["-addext", "subjectAltName=DNS:khabar.example"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*make, *files], check=True, capture_output=True)


@pytest.mark.slow  # the service and the proxy in processes of their own
@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx or openssl is not there")
def test_the_nginx_example_passes_searches_on(fake_store: Path, tmp_path: Path) -> None:
    make_certificate(tmp_path)
    port = free_port()
    app = create_app(Settings(store=fake_store, allowed_hosts="khabar.example"))
    with service_in_thread(app) as service:
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (
            ("/etc/ssl/khabar", str(tmp_path)),
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("location / {", "location / { add_header X-Of-Nginx $request_id;"),
            ("127.0.0.1:8000", f"127.0.0.1:{service}"),
        ):
            assert old in text
            text = text.replace(old, new)
        places = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi"))
        places += "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in ("uwsgi", "scgi"))
        wrapper = tmp_path / "nginx.conf"
        wrapper.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off;\n{places}{text}\n}}",
            encoding="utf-8",
        )
        nginx = subprocess.Popen(["nginx", "-c", str(wrapper)])
        try:
            transport = httpx.HTTPTransport(verify=False, retries=10)
            headers = {"Host": "khabar.example"}
            with httpx.Client(transport=transport, base_url=f"https://127.0.0.1:{port}", headers=headers) as client:
                found = client.get("/v1/search", params={"q": "canal"})
                assert found.status_code == 200
                assert found.headers["x-request-id"] == found.headers["x-of-nginx"]  # one id in both logs
                assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
                assert client.post("/v1/search", content=b" " * 70_000).status_code == 413
                assert client.get("/metrics").status_code == 200
        finally:
            nginx.terminate()
            nginx.wait(timeout=30)


@pytest.mark.slow  # the service and the proxy in processes of their own
@pytest.mark.skipif(not (shutil.which("caddy") and shutil.which("openssl")), reason="caddy or openssl is not there")
@pytest.mark.parametrize(("monitoring", "status"), [("127.0.0.1", 200), ("192.0.2.1", 403)])
def test_the_caddy_example_passes_searches_on(fake_store: Path, tmp_path: Path, monitoring: str, status: int) -> None:
    make_certificate(tmp_path)
    port = free_port()
    app = create_app(Settings(store=fake_store, allowed_hosts="khabar.example"))
    with service_in_thread(app) as service:
        text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
        for old, new in (
            ("\nkhabar.example {", f"\nkhabar.example:{port} {{\nbind 127.0.0.1\ntls fullchain.pem key.pem"),
            (
                "reverse_proxy 127.0.0.1:8000 {",
                f"header X-Of-Caddy {{http.request.uuid}}\nreverse_proxy 127.0.0.1:{service} {{",
            ),
            ("remote_ip 127.0.0.1 ::1", f"remote_ip {monitoring}"),
        ):
            assert old in text
            text = text.replace(old, new)
        own = "{\nadmin off\nauto_https off\ndefault_sni khabar.example\nstorage file_system storage\n}\n"
        (tmp_path / "Caddyfile").write_text(own + text, encoding="utf-8")
        run = ["caddy", "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
        caddy = subprocess.Popen(run, cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)})
        try:
            transport = httpx.HTTPTransport(verify=False, retries=10)
            headers = {"Host": "khabar.example", "X-Request-ID": "chosen-by-a-client"}
            with httpx.Client(transport=transport, base_url=f"https://127.0.0.1:{port}", headers=headers) as client:
                found = client.get("/v1/search", params={"q": "canal"})
                assert found.status_code == 200
                assert found.headers["x-request-id"] == found.headers["x-of-caddy"]  # one id in both logs
                assert "khabar" not in client.get("/", headers={"Host": "evil.example"}).text
                assert client.post("/v1/search", content=b" " * 70_000).status_code == 413
                assert client.get("/metrics").status_code == client.get("/readyz").status_code == status
        finally:
            caddy.terminate()
            caddy.wait(timeout=30)


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not there")
def test_the_caddy_example_is_laid_out_as_caddy_does() -> None:
    done = subprocess.run(["caddy", "fmt", str(DEPLOY / "Caddyfile")], capture_output=True, text=True, check=False)
    assert done.stdout == (DEPLOY / "Caddyfile").read_text(encoding="utf-8")


def test_proxies_pass_to_the_address_of_the_socket() -> None:
    socket_unit = (DEPLOY / "khabar.socket").read_text(encoding="utf-8")
    (address,) = re.findall(r"^ListenStream=(.+)$", socket_unit, flags=re.MULTILINE)
    for name in ("Caddyfile", "nginx.conf"):
        assert address in (DEPLOY / name).read_text(encoding="utf-8"), name
