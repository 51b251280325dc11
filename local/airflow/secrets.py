"""What Airflow signs, encrypts and logs in with: made once a loop, in a file for this user only."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.files import read_object, write_whole

if TYPE_CHECKING:
    from pathlib import Path

USER = "admin"
"""The one login; its role is Airflow's `admin`."""
FILE = "secrets.json"
PASSWORDS_FILE = "passwords.json"


@dataclass(frozen=True)
class Secrets:
    """The secrets of one loop."""

    jwt_secret: str
    fernet_key: str
    api_secret: str
    password: str


def ensure(home: Path) -> Secrets:
    """Read the secrets of an Airflow home; make those that are missing or damaged."""
    kept = read_object(home / FILE)
    fresh = Secrets(
        jwt_secret=secrets.token_hex(32),
        fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        api_secret=secrets.token_hex(32),
        password=secrets.token_urlsafe(12),
    )
    merged = {name: kept[name] if isinstance(kept.get(name), str) else made for name, made in asdict(fresh).items()}
    if merged != kept:
        write_whole(home / FILE, json.dumps(merged))
    passwords = {USER: merged["password"]}
    if read_object(home / PASSWORDS_FILE) != passwords:  # a missing one Airflow would make up, and log
        write_whole(home / PASSWORDS_FILE, json.dumps(passwords))
    return Secrets(**merged)
