"""Several keys, and a file of them that changes: the site goes on, and no key is ever told."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from conversations.claude import keys
from conversations.claude.access import access_print
from conversations.claude.client import open_client
from conversations.claude.listing import list_models
from tests.upstream import Gate, Reply, Request, Upstream, begin, end, spoken, text

from .conftest import outcome_of

FIRST, SECOND = "sk-ant-first-canary", "sk-ant-second-canary"
REFUSED = Reply.error(401, "authentication_error")


@pytest.fixture(autouse=True)
def forget_refusals() -> Iterator[None]:
    yield
    keys._refused.clear()


@pytest.fixture
def two_keys(upstream: Upstream, settings: Settings) -> Upstream:
    settings.ANTHROPIC_API_KEY = f"{FIRST}, {SECOND}\n"
    return upstream


def refuse(upstream: Upstream, *refused: str) -> None:
    upstream.otherwise = lambda request: REFUSED if key_of(request) in refused else spoken()


def key_of(request: Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("text", ["a,b", "a\nb\n", " a , b ,", "a\r\nb", "a,a,b"])
def test_keys_stand_in_lines_or_between_commas(text: str) -> None:
    assert keys.split(text) == ("a", "b")


@pytest.mark.parametrize("status", [401, 403])
async def test_the_next_key_is_taken_when_one_is_refused(two_keys: Upstream, status: int) -> None:
    two_keys.script(Reply.error(status, "authentication_error"))

    outcomes = [await outcome_of(), await outcome_of()]

    assert all(outcome.is_complete for outcome in outcomes)
    assert [key_of(request) for request in two_keys.requests] == [FIRST, SECOND, SECOND]
    assert keys.number_in_use() == 2
    assert outcomes[0].attempt.number == 1


async def test_only_when_all_are_refused_access_is_denied(two_keys: Upstream) -> None:
    refuse(two_keys, FIRST, SECOND)

    assert (await outcome_of()).reason == "unauthorized"

    assert [key_of(request) for request in two_keys.requests] == [FIRST, SECOND]
    refuse(two_keys, SECOND)
    assert (await outcome_of()).is_complete  # the first one is tried again


async def test_a_model_that_is_kept_back_costs_no_key(two_keys: Upstream) -> None:
    words = b'{"type": "error", "error": {"type": "permission_error", "message": "no access to claude-opus-5-5"}}'
    two_keys.script(Reply.page(words, status=403, content_type="application/json"))

    assert (await outcome_of()).reason == "model_not_found"

    assert keys.number_in_use() == 1


async def test_the_list_of_models_takes_the_next_key_too(two_keys: Upstream) -> None:
    two_keys.script_listing(REFUSED)

    assert await list_models()

    assert [key_of(request) for request in two_keys.listings] == [FIRST, SECOND]


async def test_a_file_is_read_again_when_it_changed_and_nobody_is_cut_off(
    upstream: Upstream, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(FIRST)
    settings.ANTHROPIC_API_KEY_FILE = str(path)
    before = access_print()
    client = await open_client()
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("rotated"), text("valley."), end()))
    upstream.release("rotated")
    assert (await outcome_of()).is_complete

    (tmp_path / "next").write_text(f"{SECOND}\n")
    os.replace(tmp_path / "next", path)

    assert (await outcome_of()).is_complete
    assert [key_of(request) for request in upstream.requests] == [FIRST, SECOND]
    assert await open_client() is client
    assert access_print() != before


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_file_that_is_gone_or_empty_leaves_the_keys_as_they_were(
    upstream: Upstream, settings: Settings, tmp_path: Path, is_gone: bool
) -> None:
    path = tmp_path / "key"
    path.write_text(FIRST)
    settings.ANTHROPIC_API_KEY_FILE = str(path)
    assert keys.in_use() == FIRST

    if is_gone:
        path.unlink()
    else:
        path.write_text("")

    assert keys.in_use() == FIRST


async def test_no_log_and_no_error_tells_a_key(two_keys: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refuse(two_keys, FIRST, SECOND)

    outcome = await outcome_of()

    told = [record for record in caplog.records if record.name == keys.__name__]
    assert [(record.__dict__["number"], record.__dict__["of"]) for record in told] == [(1, 2), (2, 2)]
    assert "canary" not in caplog.text
    assert "canary" not in f"{outcome.error!r} {outcome.error and outcome.error.advice} {outcome.attempt}"
