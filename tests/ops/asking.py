"""Asking a site that runs as a process of its own, and looking into its SQLite database."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

from tests.browser.site import Site

TOKEN = "c" * 32
PATIENCE_S = 60
Found = TypeVar("Found")


def ask(site: Site) -> None:
    fields = {"text": "Tell me a long story.", "client_id": str(uuid4()), "csrfmiddlewaretoken": TOKEN}
    cookie = f"sessionid={site.sessions['alice']}; csrftoken={TOKEN}"
    headers = {"Cookie": cookie, "HX-Request": "true"}
    request = Request(f"{site.url}/messages/", urlencode(fields).encode(), headers)  # noqa: S310
    with urlopen(request, timeout=30) as response:  # noqa: S310
        assert response.status == HTTPStatus.NO_CONTENT


def rows(site: Site, query: str) -> list[Any]:
    with closing(sqlite3.connect(site.data_dir / "chatsite.sqlite3")) as database:
        return database.execute(query).fetchall()


def eventually(look: Callable[[], Found], within_s: float = PATIENCE_S) -> Found:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
    return found
