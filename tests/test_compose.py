"""docker-compose.yml is valid, and consistent with the settings, the image and the commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from scripts.rehearse_image import read_stages
from tests.processes import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"] == "archibald-sync"}
STAGES = read_stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
SETTINGS_SOURCE = (ROOT / "archibald" / "settings.py").read_text(encoding="utf-8")
DEMO_LINES = (ROOT / "docker" / "demo.env").read_text(encoding="utf-8").splitlines()
DEMO = dict(line.split("=", 1) for line in DEMO_LINES if not line.startswith("#"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Variables of the compose file that are not settings.
OF_COMPOSE = {"WEB_BIND", "WEB_PORT", "SETTINGS_FILE", "SECRETS_DIR"}


def seconds(duration: str) -> int:
    """Return the seconds of a duration such as 90s."""
    return int(duration.removesuffix("s"))


def variables() -> set[str]:
    """Return the names of the variables in the compose file."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return set(re.findall(r"\$\{(\w+)", text))


def settings_read() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_0-9]+)"', SETTINGS_SOURCE))


def environment_names() -> Iterator[str]:
    """Yield the names of the settings in the services' environments."""
    for name in OURS:
        for variable in SERVICES[name]["environment"]:
            yield variable.removesuffix("_FILE")


def test_the_file_is_valid_by_the_schema_of_compose_files() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n")


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"web", "qcluster", "migrate", "postgres", "redis", "erp-simulator"}
    assert {"web", "qcluster", "migrate"} == OURS
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["erp-simulator"]


def test_every_setting_that_a_service_is_given_is_read() -> None:
    assert set(environment_names()) - settings_read() == set()


def test_every_variable_of_the_file_is_a_setting_or_described() -> None:
    assert variables() - settings_read() == OF_COMPOSE
    assert {name for name in OF_COMPOSE if f"`{name}`" not in OPERATIONS} == set()


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_secret_is_in_the_environment(name: str) -> None:
    given = SERVICES[name]["environment"]
    secret = [each for each in given if re.search("PASSWORD|SECRET|TOKEN", each)]
    files = {f"/run/secrets/{each}" for each in SERVICES[name]["secrets"]}
    assert {given[each] for each in secret if each.endswith("_FILE")} == files
    assert {given[each] for each in secret if not each.endswith("_FILE")} <= {""}
    assert "@" not in given["DATABASE_URL"].removeprefix("postgres://archibald@")


def test_web_has_neither_the_erp_s_password_nor_its_session() -> None:
    assert "archibald_password" not in SERVICES["web"]["secrets"]
    # One in .env would reach web too.
    assert SERVICES["web"]["environment"]["ARCHIBALD_PASSWORD"] == ""
    assert SERVICES["web"]["volumes"] == ["artifacts:/data/artifacts:ro"]
    for name in ("qcluster", "migrate"):
        assert SERVICES[name]["environment"]["ARCHIBALD_PASSWORD_FILE"] == "/run/secrets/archibald_password"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_secret_and_volume_that_a_service_names_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    sources = {volume.split(":")[0] for volume in service.get("volumes", [])}
    files = {source for source in sources if source.startswith("./")}
    assert sources - files <= set(COMPOSE["volumes"])
    assert {name for name in files if not (ROOT / name).is_file()} == set()
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_every_secret_is_made_by_the_script() -> None:
    script = (ROOT / "docker" / "make-secrets").read_text(encoding="utf-8")
    assert set(re.findall(r"keep (\w+)$", script, re.MULTILINE)) == set(COMPOSE["secrets"])


def test_the_volumes_are_in_the_folder_of_the_image() -> None:
    (folder,) = {
        step.argument.split("ARCHIBALD_DATA_DIR=")[1].split()[0]
        for step in STAGES["app"]
        if step.name == "ENV" and "ARCHIBALD_DATA_DIR=" in step.argument
    }
    made = [step.argument for step in STAGES["app"] if f" {folder} {folder}/artifacts" in step.argument]
    assert "--owner=archibald" in made[0]
    for name in OURS:
        paths = {volume.split(":")[1] for volume in SERVICES[name]["volumes"]}
        assert paths <= {folder, f"{folder}/artifacts"}
        assert SERVICES[name]["environment"]["ARCHIBALD_DATA_DIR"] == folder


@pytest.mark.parametrize("name", ["BROWSER_PATH", "STATIC_ROOT", "ARCHIBALD_DATA_DIR"])
def test_the_services_set_the_same_values_as_the_image(name: str) -> None:
    in_image = [step.argument for step in STAGES["app"] if step.name == "ENV"]
    assert any(f"{name}={SERVICES['web']['environment'][name]}" in each.split() for each in in_image)


def test_database_and_cache_are_reached_by_their_services_names() -> None:
    given = SERVICES["web"]["environment"]
    assert given["DATABASE_URL"] == "postgres://archibald@postgres:5432/archibald"
    assert given["CACHE_URL"] == "redis://redis:6379/0"


def test_the_app_s_database_account_is_made_by_a_script_and_is_no_superuser() -> None:
    postgres = SERVICES["postgres"]
    assert "./docker/create-database:/docker-entrypoint-initdb.d/create-database.sh:ro" in postgres["volumes"]
    # Without POSTGRES_USER, the superuser is `postgres`.
    assert postgres["environment"] == {"POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_admin_password"}
    script = (ROOT / "docker" / "create-database").read_text(encoding="utf-8")
    (role,) = re.findall(r"CREATE ROLE archibald .*;", script)
    assert {"LOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE"} <= set(role.split())
    assert "CREATE DATABASE archibald OWNER archibald;" in script
    assert SERVICES["web"]["environment"]["DATABASE_PASSWORD_FILE"] in script


def test_the_cache_asks_for_the_password_of_its_secret(tmp_path: Path) -> None:
    """A program in valkey's place shows the configuration that it is given."""
    server = tmp_path / "valkey-server"
    server.write_text('#!/bin/sh\necho "$@"\ncat\n')
    server.chmod(0o755)
    (tmp_path / "redis_password").write_text("una-parola\n")
    shell, option, script = SERVICES["redis"]["command"]
    script = script.replace("$$", "$").replace("/run/secrets", str(tmp_path))
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [shell, option, script], env={"PATH": path}, capture_output=True, timeout=60, check=True
    )
    arguments, *configuration = done.stdout.decode().splitlines()
    assert arguments == "-"
    assert "requirepass una-parola" in configuration
    assert SERVICES["web"]["environment"]["CACHE_PASSWORD_FILE"] in SERVICES["redis"]["command"][2]


def environment_of(name: str, folder: Path) -> dict[str, str]:
    """Return the environment of a service in the demo, with its files in this folder.

    Each secret is the name of its file and a dollar sign.
    """
    given = {**SERVICES[name]["environment"], "ARCHIBALD_DATA_DIR": str(folder / "data")}
    given |= {each: DEMO[each] for each in ("ARCHIBALD_URL", "ARCHIBALD_USERNAME")}
    for each in [each for each in given if each.endswith("_FILE")]:
        secret = folder / Path(given[each]).name
        secret.write_text(f"{secret.name}$\n")
        given[each] = str(secret)
    return {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "archibald.settings", **given}


def test_the_settings_of_the_services_are_parsed_as_intended(tmp_path: Path) -> None:
    shown = (
        "from django.conf import settings as s; d = s.DATABASES['default']; "
        "print(d['ENGINE'], d['USER'], d['PASSWORD'], d['HOST'], d['PORT'], d['NAME'], "
        "s.CACHES['default']['LOCATION'], s.CACHES['default']['OPTIONS']['password'], "
        "s.ARCHIBALD_PASSWORD, s.SECRET_KEY, s.ARCHIBALD_URL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", shown],
        env=environment_of("qcluster", tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [
        "django.db.backends.postgresql",
        "archibald",
        "postgres_password$",
        "postgres",
        "5432",
        "archibald",
        "redis://redis:6379/0",
        "redis_password$",
        "archibald_password$",
        "secret_key$",
        DEMO["ARCHIBALD_URL"],
    ]


# --- running, stopping, health


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_a_service_restarts_and_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ["web", "qcluster"])
def test_nothing_starts_before_the_database_is_up_to_date(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


def test_an_insecure_setting_stops_the_start() -> None:
    (*shell, script) = SERVICES["migrate"]["command"]
    assert shell == ["sh", "-c"]
    checks, migrations = script.split(" && ")
    assert checks == "python manage.py check --deploy --database default"
    assert migrations == "python manage.py migrate --noinput"
    assert SERVICES["migrate"]["restart"] == "no"


def test_nothing_is_wrong_with_the_settings_of_a_server_with_tls_and_alerts(tmp_path: Path) -> None:
    make_secrets(tmp_path, given="una parola")
    environment = environment_of("migrate", tmp_path)
    (tmp_path / "secret_key").write_bytes((tmp_path / "secrets" / "secret_key").read_bytes())
    lines = re.findall(r"^    ([A-Z_]+)=(.*archibald\.example.*|true)$", OPERATIONS, re.MULTILINE)
    assert {name for name, _ in lines} == {"ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "HTTPS_ONLY"}
    environment |= {**dict(lines), "PING_URL": "https://ping.example/abc"}
    # Stands in for the browser of the image.
    environment["BROWSER_PATH"] = shutil.which("true") or ""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_exist() -> None:
    commands = {path.stem for path in (ROOT / "sync" / "management" / "commands").glob("*.py")}
    assert SERVICES["qcluster"]["command"] == ["python", "manage.py", "qcluster"]
    assert SERVICES["qcluster"]["healthcheck"]["test"] == ["CMD", "python", "manage.py", "clusterhealth"]
    assert {"qcluster", "clusterhealth"} <= commands


def test_the_grace_period_is_long_enough_for_a_sync_to_stop() -> None:
    assert seconds(SERVICES["qcluster"]["stop_grace_period"]) > settings.ERP_PAGE_TIMEOUT_S
    assert SERVICES["qcluster"]["init"] is True


def test_web_answers_its_health_check_without_a_login() -> None:
    assert "http://127.0.0.1:8000/healthz/live" in SERVICES["web"]["healthcheck"]["test"][-1]
    (command,) = [step.argument for step in STAGES["app"] if step.name == "CMD"]
    assert '"--bind=0.0.0.0:8000"' in command


# --- who can reach what


def test_only_web_publishes_a_port_and_only_on_localhost() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert SERVICES["web"]["ports"] == ["${WEB_BIND:-127.0.0.1}:${WEB_PORT:-8000}:8000"]


def test_a_second_cluster_causes_no_conflict() -> None:
    assert {"ports", "container_name", "hostname"} & set(SERVICES["qcluster"]) == set()


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_the_stores_reach_nothing_outside(name: str) -> None:
    assert SERVICES[name]["networks"] == ["stores"]
    assert COMPOSE["networks"]["stores"] == {"internal": True}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_few_rights_and_bounded_memory(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["mem_limit"]


@pytest.mark.parametrize("name", sorted({*OURS, "redis", "erp-simulator"}))
def test_a_service_can_write_only_where_it_has_to(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


# --- the demo


def test_the_demo_syncs_from_the_simulated_erp() -> None:
    assert DEMO["ARCHIBALD_URL"] == "http://erp-simulator:8899/Archibald"
    assert DEMO["COMPOSE_PROFILES"] == "demo"
    assert DEMO["COMPOSE_PROJECT_NAME"] != COMPOSE["name"]


def make_secrets(checkout: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    script = checkout / "docker" / "make-secrets"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_bytes((ROOT / "docker" / "make-secrets").read_bytes())
    return subprocess.run(
        ["sh", script, *arguments], input=given, capture_output=True, text=True, timeout=60, check=False
    )


def test_secrets_are_made_once_and_hidden_from_others(tmp_path: Path) -> None:
    assert make_secrets(tmp_path, given="una parola\n").returncode == 0
    folder = tmp_path / "secrets"
    first = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(first) == set(COMPOSE["secrets"])
    assert first["archibald_password"] == "una parola\n"
    made = [first[name] for name in first if name != "archibald_password"]
    assert [len(each) for each in made] == [60] * len(set(made))
    assert (folder.stat().st_mode & 0o777, (folder / "secret_key").stat().st_mode & 0o777) == (0o700, 0o644)
    assert make_secrets(tmp_path, given="another\n").returncode == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == first


def test_an_empty_password_creates_no_secret(tmp_path: Path) -> None:
    done = make_secrets(tmp_path)
    assert done.returncode == 1
    assert "nothing was given" in done.stderr
    assert not (tmp_path / "secrets" / "archibald_password").exists()


def test_the_secrets_of_the_demo_are_separate(tmp_path: Path) -> None:
    make_secrets(tmp_path, given="una parola")
    assert make_secrets(tmp_path, "--demo").returncode == 0
    folder = tmp_path / DEMO["SECRETS_DIR"]
    assert (folder / "archibald_password").read_text() == "segreta"
    assert (tmp_path / "secrets" / "archibald_password").read_text() == "una parola"


def test_the_script_refuses_unknown_options(tmp_path: Path) -> None:
    assert make_secrets(tmp_path, "--all").returncode == 2


def test_many_half_sent_bodies_fit_into_the_folder_for_them() -> None:
    web = SERVICES["web"]
    default = re.fullmatch(r"\$\{REQUEST_MAX_BYTES:-(\d+)\}", web["environment"]["REQUEST_MAX_BYTES"])
    size = re.search(r":size=(\d+)m$", web["tmpfs"][0])
    assert default is not None
    assert size is not None
    assert 20 * int(default[1]) < int(size[1]) << 20
