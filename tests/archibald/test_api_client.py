"""A client that openapi-python-client generates from the schema reads, steers and follows the change feed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from scripts.erp_simulator.world import SimCustomer
from tests.accounts import operator
from tests.api_calls import token_of
from tests.conftest import DrawList
from tests.sync.sync_once import sync_file

pytestmark = pytest.mark.django_db

PACKAGE = "generated_client"
# Its formatter is left out, and a PDF is sent as a file.
CONFIG = "post_hooks: []\ncontent_type_overrides:\n  application/pdf: application/octet-stream\n"


class GeneratedClient:
    """The generated functions by the names of their modules; each returns the parsed answer."""

    def __init__(self, address: str, token: str) -> None:
        kind: Any = import_module(f"{PACKAGE}.client").AuthenticatedClient
        self._connected: Any = kind(
            base_url=address, token=token, prefix="Token", raise_on_unexpected_status=True
        )
        self.models: Any = import_module(f"{PACKAGE}.models")
        self.file: Any = import_module(f"{PACKAGE}.types").File

    def __enter__(self) -> GeneratedClient:
        self._connected.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._connected.__exit__(*error)

    def call(self, name: str, *path: Any, **parameters: Any) -> Any:
        """Call ``customers.list_runs``, for example."""
        return import_module(f"{PACKAGE}.api.{name}").sync(*path, client=self._connected, **parameters)


@pytest.fixture(scope="module")
def _package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("client")
    schema, config = folder / "schema.json", folder / "config.yml"
    call_command("spectacular", format="openapi-json", file=str(schema))
    config.write_text(CONFIG)
    paths = {"--path": schema, "--config": config, "--output-path": folder / PACKAGE}
    options = ["--fail-on-warning", "--meta", "none", *(str(each) for pair in paths.items() for each in pair)]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.fixture
def client(_package: None, live_server: LiveServer) -> Iterator[GeneratedClient]:
    with GeneratedClient(live_server.url, token_of(operator())) as connected:
        yield connected


def followed(client: GeneratedClient, after: int = 0) -> tuple[list[Any], int]:
    """Return the entries of the feed from a cursor on, and the cursor to go on with."""
    entries: list[Any] = []
    while True:
        page = client.call("customers.follow_changes", after=after, page_size=25)
        entries += page.results
        after = int(parse_qs(urlsplit(page.next_).query)["after"][0])
        if not page.has_more:
            return entries, after


@pytest.mark.usefixtures("_package")
def test_a_wrong_token_gives_the_documented_error(live_server: LiveServer) -> None:
    with GeneratedClient(live_server.url, "wrong") as client:
        assert client.call("customers.get_status").error == "authentication_failed"


def test_it_reads_customers_runs_and_the_feed(
    client: GeneratedClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = sync_file(draw_list(people)).run_id
    found = client.call("customers.list_customers", search=people[3].name, page_size=5)
    assert people[3].erp_id in [each.erp_id for each in found.results]
    assert client.call("customers.get_customer", people[3].erp_id).name == people[3].name
    run = client.call("customers.get_run", run_id)
    assert (run.state.value, run.counts.new, run.reasons) == ("succeeded", 60, [])
    entries, after = followed(client)
    assert {each.erp_id for each in entries} == {person.erp_id for person in people}
    sync_file(draw_list([replace(people[0], city="Isernia"), *people[1:]], "later.pdf"))
    [entry], _ = followed(client, after)
    assert (entry.kind.value, entry.changed_fields[0].field, entry.changed_fields[0].new) == (
        "updated",
        "city",
        "Isernia",
    )


def test_it_steers(client: GeneratedClient, people: list[SimCustomer], draw_list: DrawList) -> None:
    pdf = client.file(payload=BytesIO(draw_list(people).read_bytes()), file_name="Clienti.pdf")
    held = client.call("customers.upload_list", body=client.models.UploadRequest(file=pdf))
    assert (held.state.value, [each.code for each in held.reasons]) == ("held", ["list_uploaded"])
    assert client.call("customers.list_run_changes", held.id).count == 60
    assert client.call("customers.approve_run", held.id).state.value == "succeeded"
    minutes = client.models.FrequencyRequest(interval_minutes=15)
    assert client.call("admin.set_frequency", body=minutes).interval_minutes == 15
    assert client.call("admin.resume_schedule").enabled
    queued = client.call("customers.queue_sync", body=client.models.QueueSyncRequest(dry_run=True))
    assert client.call("customers.get_run", queued.run_id).is_dry
    assert client.call("customers.cancel_sync").error == "sync_not_running"
