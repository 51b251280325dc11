"""Airflow's keys and password: created once for each loop, in files that only this user can read."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

from local.files import read_object, write_whole

if TYPE_CHECKING:
    from pathlib import Path

USER = "admin"
"""The only user; its role is Airflow's `admin`."""
FILE = "secrets.json"
PASSWORDS_FILE = "passwords.json"


def ensure(home: Path) -> dict[str, str]:
    """Read the secrets in Airflow's folder; create those that are missing or damaged."""
    kept = read_object(home / FILE)
    fresh = {
        "jwt_secret": secrets.token_hex(32),
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "api_secret": secrets.token_hex(32),
        "password": secrets.token_urlsafe(12),
    }
    merged = {name: kept[name] if isinstance(kept.get(name), str) else new for name, new in fresh.items()}
    if merged != kept:
        write_whole(home / FILE, json.dumps(merged))
    passwords = {USER: merged["password"]}
    if read_object(home / PASSWORDS_FILE) != passwords:  # Airflow would invent a missing one, and log it
        write_whole(home / PASSWORDS_FILE, json.dumps(passwords))
    return merged
