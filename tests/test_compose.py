"""docker-compose.yml is valid, and consistent with the settings, the image and the commands."""

from __future__ import annotations

import os
import re
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
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert variables() - settings_read() == OF_COMPOSE
    assert {name for name in OF_COMPOSE if f"`{name}`" not in described} == set()


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_secret_is_in_the_environment(name: str) -> None:
    given = SERVICES[name]["environment"]
    secret = [each for each in given if re.search("PASSWORD|SECRET|TOKEN", each)]
    assert {given[each] for each in secret} == {f"/run/secrets/{each}" for each in SERVICES[name]["secrets"]}
    assert all(each.endswith("_FILE") for each in secret)
    assert "@" not in given["DATABASE_URL"].removeprefix("postgres://archibald@")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_secret_and_volume_that_a_service_names_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_every_secret_is_made_by_the_script() -> None:
    script = (ROOT / "docker" / "make-secrets").read_text(encoding="utf-8")
    assert set(re.findall(r"keep (\w+)$", script, re.MULTILINE)) == set(COMPOSE["secrets"])


def test_web_and_cluster_share_the_folder_of_the_image() -> None:
    (folder,) = {
        step.argument.split("ARCHIBALD_DATA_DIR=")[1].split()[0]
        for step in STAGES["app"]
        if step.name == "ENV" and "ARCHIBALD_DATA_DIR=" in step.argument
    }
    for name in OURS:
        assert SERVICES[name]["volumes"] == [f"files:{folder}"]
        assert SERVICES[name]["environment"]["ARCHIBALD_DATA_DIR"] == folder


@pytest.mark.parametrize("name", ["BROWSER_PATH", "STATIC_ROOT", "ARCHIBALD_DATA_DIR"])
def test_the_services_set_the_same_values_as_the_image(name: str) -> None:
    in_image = [step.argument for step in STAGES["app"] if step.name == "ENV"]
    assert any(f"{name}={SERVICES['web']['environment'][name]}" in each.split() for each in in_image)


def test_database_and_cache_are_reached_by_their_services_names() -> None:
    given = SERVICES["web"]["environment"]
    stores = SERVICES["postgres"]["environment"]
    assert (
        given["DATABASE_URL"] == f"postgres://{stores['POSTGRES_USER']}@postgres:5432/{stores['POSTGRES_DB']}"
    )
    assert given["CACHE_URL"] == "redis://redis:6379/0"
    assert given["DATABASE_PASSWORD_FILE"] == stores["POSTGRES_PASSWORD_FILE"]


def environment_of_web(folder: Path) -> dict[str, str]:
    """Return the environment of the service ``web`` in the demo, with its files in this folder.

    Each secret is the name of its file and a dollar sign.
    """
    given = {**SERVICES["web"]["environment"], "ARCHIBALD_DATA_DIR": str(folder / "data")}
    given |= {name: DEMO[name] for name in ("ARCHIBALD_URL", "ARCHIBALD_USERNAME")}
    for name in [name for name in given if name.endswith("_FILE")]:
        secret = folder / Path(given[name]).name
        secret.write_text(f"{secret.name}$\n")
        given[name] = str(secret)
    return given


def test_the_settings_of_the_services_are_parsed_as_intended(tmp_path: Path) -> None:
    shown = (
        "from django.conf import settings as s; d = s.DATABASES['default']; "
        "print(d['ENGINE'], d['USER'], d['PASSWORD'], d['HOST'], d['PORT'], d['NAME'], "
        "s.CACHES['default']['LOCATION'], s.ARCHIBALD_PASSWORD, s.SECRET_KEY, s.ARCHIBALD_URL)"
    )
    python = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "archibald.settings"}
    done = subprocess.run(
        [sys.executable, "-c", shown],
        env={**python, **environment_of_web(tmp_path)},
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
    assert script == "python manage.py check --deploy && python manage.py migrate --noinput"
    assert SERVICES["migrate"]["restart"] == "no"


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
    assert len(first["secret_key"]) == len(first["postgres_password"]) == 60
    assert first["secret_key"] != first["postgres_password"]
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
