"""The password of the monitoring's servers: created once for each loop, readable by this user only.

They answer whoever reaches them, such as a page in the user's browser whose name resolves to this machine, and let
themselves be read, and some be changed.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import TYPE_CHECKING

import bcrypt

from local.files import read_object, write_whole

if TYPE_CHECKING:
    from pathlib import Path

USER = "sentiment"
FILE = "password"
WEB_FILE = "web.json"
_BYTES = 24
_PASSWORD = re.compile(r"[A-Za-z0-9_-]{32}")
_ROUNDS = 4
"""bcrypt's least: its cost protects passwords that can be guessed, and would be paid with each new connection."""


def ensure(folder: Path) -> str:
    """The password in a folder; a missing or damaged one is replaced."""
    path = folder / FILE
    known = path.read_text(errors="replace") if path.exists() else ""
    if not _PASSWORD.fullmatch(known):
        known = secrets.token_urlsafe(_BYTES)
        write_whole(path, known)
    return known


def ensure_web_file(folder: Path) -> None:
    """Write the `--web.config.file` of servers that ask for the password, unless it lets the password in already."""
    password = ensure(folder).encode()
    path = folder / WEB_FILE
    if not _lets_in(read_object(path), password):
        hashed = bcrypt.hashpw(password, bcrypt.gensalt(_ROUNDS)).decode()
        write_whole(path, json.dumps({"basic_auth_users": {USER: hashed}}))  # JSON is YAML


def header(password: str) -> dict[str, str]:
    """The HTTP header with the password."""
    return {"authorization": f"Basic {base64.b64encode(f'{USER}:{password}'.encode()).decode()}"}


def _lets_in(web: dict[str, object], password: bytes) -> bool:
    users = web.get("basic_auth_users")
    if not isinstance(users, dict) or list(users) != [USER] or not isinstance(users[USER], str):
        return False
    try:
        return bcrypt.checkpw(password, users[USER].encode())
    except ValueError:  # no hash of bcrypt
        return False
