"""The session's file, without a browser."""

from __future__ import annotations

import json

import pytest

from sync.erp import ErpConfig
from sync.erp.session import load_session


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"owner": 1}',
        b'{"owner": "x", "state": []}',
        b'{"owner": "x", "state": {"cookies": [7], "origins": []}}',
    ],
)
def test_a_damaged_file_is_not_a_session_and_is_deleted(config: ErpConfig, content: bytes) -> None:
    config.state_path.parent.mkdir()
    config.state_path.write_bytes(content)
    assert load_session(config) is None
    assert not config.state_path.exists()


def test_a_missing_file_is_not_a_session(config: ErpConfig) -> None:
    assert load_session(config) is None


def test_another_users_session_is_not_deleted(config: ErpConfig) -> None:
    saved = json.dumps({"owner": "another", "state": {"cookies": [], "origins": []}})
    config.state_path.parent.mkdir()
    config.state_path.write_text(saved)
    assert load_session(config) is None
    assert config.state_path.read_text() == saved
