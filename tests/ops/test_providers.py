"""A site that asks Claude at a cloud: what is missing is told before the start, what it lacks on the pages."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client

from conversations import checks
from conversations.batches.keeper import tend_batches
from conversations.claude import catalogue
from conversations.claude.cards import FastMode
from conversations.claude.events import Terms, TokenCounts
from conversations.claude.wishes import owners_wishes
from conversations.errands.asking import Errand, asked
from conversations.errands.follow_ups import FollowUps
from conversations.management.commands import doctor
from conversations.models import Batch, BatchState, Conversation, Purpose, ToolSwitch, User
from conversations.roster.sync import sync
from conversations.tools.registry import toolbox
from conversations.usage.pricing import reckoned
from tests.ops.running_site import manage
from tests.upstream import Reply, Upstream

SEARCH = "web_search"


def told() -> list[tuple[str, str]]:
    return [(message.id or "", f"{message.msg} {message.hint}") for message in run_checks() if "011" in str(message.id)]


@pytest.fixture
def foundry(upstream: Upstream, settings: Any) -> Upstream:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_FOUNDRY_BASE_URL = "foundry", upstream.base_url
    settings.ANTHROPIC_FOUNDRY_API_KEY, settings.IS_DEMO, settings.ANTHROPIC_API_KEY = "key-of-azure", False, ""
    return upstream


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("bedrock", ["AWS_REGION"]),
        ("vertex", ["ANTHROPIC_VERTEX_PROJECT_ID"]),
        ("foundry", ["ANTHROPIC_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_RESOURCE"]),
    ],
)
def test_what_is_missing_is_told_with_the_mend(settings: Any, provider: str, missing: list[str]) -> None:
    settings.CLAUDE_PROVIDER = provider

    found = told()

    assert [key for key, _ in found] == ["chatsite.E011"] * len(missing)
    assert all(name in words for name, (_, words) in zip(missing, found, strict=True))


@pytest.mark.parametrize(("provider", "extra"), [("bedrock", "`bedrock`"), ("vertex", "`vertex`")])
def test_a_library_that_is_missing_is_told_with_its_extra(
    settings: Any, monkeypatch: pytest.MonkeyPatch, provider: str, extra: str
) -> None:
    settings.CLAUDE_PROVIDER, settings.AWS_REGION, settings.ANTHROPIC_VERTEX_PROJECT_ID = provider, "eu-west-1", "mine"
    monkeypatch.setattr(checks, "find_spec", lambda _: None)

    ((key, words),) = told()

    assert (key, extra in words) == ("chatsite.E011", True)


def test_a_site_does_not_start_without_what_its_cloud_needs(tmp_path: Path) -> None:
    ended = manage("serve", CLAUDE_PROVIDER="vertex", DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert "ANTHROPIC_VERTEX_PROJECT_ID is not set" in ended.stderr
    assert "Set it to the id of your project" in ended.stderr


def test_terms_that_only_the_vendor_has_are_told_to_be_in_vain(settings: Any, foundry: Upstream) -> None:
    settings.CLAUDE_SPEED = "fast"
    assert catalogue.card("claude-opus-5-5").fast_mode == FastMode.OPEN

    ((key, words),) = told()

    assert (key, "CLAUDE_SPEED has no effect" in words) == ("chatsite.W011", True)
    assert owners_wishes("claude-opus-5-5") == {}


def test_a_promise_where_data_stay_is_not_broken_in_silence(settings: Any, foundry: Upstream) -> None:
    settings.CLAUDE_GEO = "us"

    assert [message.id for message in run_checks() if "E012" in str(message.id)] == ["chatsite.E012"]


@pytest.mark.django_db
def test_the_doctor_tells_that_the_cloud_lets_us_in_and_what_it_lacks(foundry: Upstream) -> None:
    foundry.script(Reply.json({"input_tokens": 7}))

    lines = [(line.level, f"{line.what}: {line.says}") for line in doctor.claude()]

    assert lines[0] == ("ok", "claude at Microsoft Foundry: it has claude-opus-5-5")
    assert "batches" in lines[1][1]
    assert foundry.requests[0].path == "/v1/messages/count_tokens"


@pytest.mark.django_db
def test_the_doctor_tells_that_the_cloud_does_not(foundry: Upstream) -> None:
    foundry.script(Reply.error(401, "authentication_error"))

    line = next(doctor.claude())

    assert (line.level, line.says) == ("fail", "unauthorized (authentication_error)")
    assert "Its name there is taken to be claude-opus-5-5." in line.mend


@pytest.mark.django_db
def test_tools_at_the_vendors_are_neither_offered_nor_listed(cleo_client: Client, settings: Any) -> None:
    ToolSwitch.objects.update_or_create(name=SEARCH, defaults={"is_on": True})
    assert [tool.name for tool in toolbox().server_tools] == [SEARCH]

    settings.CLAUDE_PROVIDER = "vertex"

    assert toolbox().server_tools == ()
    page = cleo_client.get("/admin/conversations/toolswitch/").text
    assert "at Google Vertex AI, which lacks web search" in page
    assert "Web search" not in page
    assert "Calculator" in page


@pytest.mark.django_db
def test_no_batch_can_be_made_and_the_page_says_why(cleo_client: Client, foundry: Upstream) -> None:
    page = cleo_client.get("/admin/conversations/batch/").text

    assert "at Microsoft Foundry, which lacks batches" in page
    assert cleo_client.get("/admin/conversations/batch/add/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_batch_of_another_provider_waits(cleo: User, foundry: Upstream) -> None:
    batch = Batch.objects.create(
        purpose=Purpose.BATCH, model="claude-haiku-5-5", max_tokens=10, state=BatchState.RUNNING, person=cleo
    )

    async_to_sync(tend_batches)()

    batch.refresh_from_db()
    assert (batch.state, foundry.requests) == (BatchState.RUNNING, [])


@pytest.mark.django_db(transaction=True)
def test_the_owner_chooses_among_the_models_that_the_release_knows(cleo_client: Client, foundry: Upstream) -> None:
    done = async_to_sync(sync)()

    assert (done.fault, foundry.listings) == ("", [])
    page = cleo_client.get("/admin/conversations/claudemodel/").text
    assert "which lacks a list of its models" in page
    assert "claude-opus-5-5" in page
    assert "Sync now" not in page
    out = StringIO()
    call_command("sync_models", stdout=out)
    assert "models listed" in out.getvalue()


@pytest.mark.django_db(transaction=True)
async def test_errands_ask_a_model_that_answers_in_a_form(alice: User, foundry: Upstream, settings: Any) -> None:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_BEDROCK_MANTLE_BASE_URL = "bedrock", foundry.base_url
    settings.AWS_REGION, settings.AWS_BEARER_TOKEN_BEDROCK = "eu-west-1", "token-of-aws"
    chat = await Conversation.objects.acreate(owner=alice)

    await asked(Errand(Purpose.FOLLOW_UPS, alice.pk, chat.pk, "Suggest.", "Moss"), FollowUps)

    assert foundry.requests[0].body["model"] == "anthropic.claude-sonnet-5-5"


def test_a_region_of_ones_choice_costs_a_tenth_more() -> None:
    price = catalogue.card("claude-opus-5-5").price
    tokens = TokenCounts(input=1_000_000)

    anywhere, regional = (reckoned(tokens, price, Terms(inference_geo=geo)).usd for geo in ("", "regional"))

    assert regional * 10 == anywhere * 11
