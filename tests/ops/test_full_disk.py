"""The disk of the site is full: it says so, loses nothing that it confirmed, and goes on when there is room again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.attachments.pictures import jpeg
from tests.browser.site import Site
from tests.ops.asking import PATIENCE_S, TOKEN, eventually, rows
from tests.small_disk import SmallDisk, small_disk
from tests.upstream import Gate, Reply, Upstream, begin, end, spoken, text

MIB = 24  # the database with its journal, and the log
ANSWER = "SELECT state, reason, content FROM conversations_message WHERE role = 'assistant' ORDER BY id DESC LIMIT 1"
JOURNAL = "SELECT text FROM conversations_turnevent ORDER BY id"
ASKED = "SELECT client_id FROM conversations_turn"
ACTIVE = "SELECT id FROM conversations_turn WHERE status IN ('queued', 'running')"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", mebibytes=MIB) as disk:
        yield disk


@pytest.fixture
def site(disk: SmallDisk, upstream: Upstream, seeded: Site) -> Iterator[Site]:
    """With everything that it writes on the small disk, its log too."""
    shutil.copytree(seeded.data_dir, disk.folder, dirs_exist_ok=True)
    site = Site(disk.folder, upstream.base_url, sessions=seeded.sessions)
    site.start()
    yield site
    site.stop()


def fetch(site: Site, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, str]:
    """Status, when to come again, and the page, as alice gets them."""
    cookie = f"sessionid={site.sessions['alice']}; csrftoken={TOKEN}"
    request = Request(site.url + path, body, {"Cookie": cookie, "HX-Request": "true", **headers})  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            return response.status, "", response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"] or "", error.read().decode()


def ask(site: Site, client_id: str) -> tuple[int, str, str]:
    fields = {"text": "Tell me a long story.", "client_id": client_id, "csrfmiddlewaretoken": TOKEN}
    return fetch(site, "/messages/", urlencode(fields).encode())


def upload(site: Site, data: bytes) -> tuple[int, str, str]:
    head = '--edge\r\nContent-Disposition: form-data; name="file"; filename="lake.jpg"\r\n\r\n'
    body = head.encode() + data + b"\r\n--edge--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=edge", "X-CSRFToken": TOKEN}
    return fetch(site, "/attachments/", body, **headers)


def confirmed(site: Site) -> str:
    client_id = str(uuid4())
    assert ask(site, client_id)[0] == 204
    return client_id


def asked(site: Site) -> list[str]:
    return [client_id for (client_id,) in rows(site, ASKED)]


def health(site: Site) -> tuple[int, str]:
    status, _, page = fetch(site, "/health/ready")
    return status, json.loads(page)["checks"]["data_dir"]


def test_a_question_is_refused_with_what_to_do_and_counts_once_when_there_is_room(
    site: Site, disk: SmallDisk, upstream: Upstream
) -> None:
    confirmed(site)
    eventually(lambda: not rows(site, ACTIVE))
    client_id = str(uuid4())

    disk.fill()
    status, retry_after, page = ask(site, client_id)

    assert (status, retry_after) == (503, "5")
    assert "or has no room left" in page
    assert "Wait a few seconds, then load this page again." in page
    assert health(site) == (503, "not writable")
    assert fetch(site, "/")[0] == 200, "what is there can still be read"

    disk.make_room()
    assert health(site)[0] == 200
    assert [ask(site, client_id)[0], ask(site, client_id)[0]] == [204, 204]
    eventually(lambda: rows(site, ANSWER)[0][0] == "complete")
    assert len(upstream.requests) == len(rows(site, ASKED)) == 2


def test_a_file_is_refused_by_name_and_leaves_nothing_behind(site: Site, disk: SmallDisk) -> None:
    disk.fill()

    status, _, page = upload(site, jpeg(900, 700))

    assert (status, "lake.jpg" in page, "Try again in a while." in page) == (422, True, True)
    assert list(disk.folder.rglob("attachments/*")) == []
    disk.make_room()
    assert "Try again" not in upload(site, jpeg(900, 700))[2]
    assert len(rows(site, "SELECT id FROM conversations_attachment")) == 1


def test_a_running_answer_goes_on_and_is_saved_when_there_is_room(
    site: Site, disk: SmallDisk, upstream: Upstream
) -> None:
    long = "The rest of it. " * 4000  # more than the journal of the database has room for
    upstream.script(Reply.streaming(begin(), text("Half of it. "), Gate("full"), text(long), end()))
    confirmed(site)
    eventually(lambda: rows(site, JOURNAL))

    disk.fill()
    upstream.release("full")
    eventually(lambda: upstream.requests[0].is_whole)

    assert rows(site, ANSWER)[0][0] == "streaming"
    assert len(rows(site, ACTIVE)) == 1
    disk.make_room()
    eventually(lambda: not rows(site, ACTIVE))
    ((state, reason, content),) = rows(site, ANSWER)
    assert (state, reason) == ("complete", "")
    assert json.loads(content)[0]["text"] == "Half of it. " + long
    assert rows(site, "SELECT billed, estimated FROM conversations_usageentry") == [(1, 0)]


def test_what_was_confirmed_outlives_a_site_that_is_killed_on_a_full_disk(
    site: Site, disk: SmallDisk, upstream: Upstream
) -> None:
    upstream.script(spoken(), spoken(), Reply.streaming(begin(), text("Half of it. "), Gate("never")))
    before = [confirmed(site), confirmed(site)]
    eventually(lambda: not rows(site, ACTIVE))
    before.append(confirmed(site))
    eventually(lambda: rows(site, JOURNAL))
    disk.fill()
    assert ask(site, str(uuid4()))[0] == 503

    site.kill()
    disk.make_room()
    site.start()

    eventually(lambda: not rows(site, ACTIVE))
    ((state, reason, content),) = rows(site, ANSWER)
    assert (state, reason, json.loads(content)[0]["text"]) == ("failed", "interrupted", "Half of it. ")
    assert sorted(asked(site)) == sorted(key.replace("-", "") for key in before)
    assert rows(site, "PRAGMA integrity_check") == [("ok",)]
    upstream.release("never")
