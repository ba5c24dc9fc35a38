"""A person's own usage: theirs, all of it, and nobody else's."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from conversations.models import Conversation, User
from conversations.projects.keep import begin
from tests.usage.attempts import OPUS, attempt, booked

NOVEMBER = "/usage/?from=2026-11-01&to=2026-11-30"
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def test_alice_sees_what_she_used_and_what_it_cost(alice_client: Client, alice: User) -> None:
    booked(alice, attempt(), at=NOON)

    page = alice_client.get(NOVEMBER).text

    assert "<td>2026-11-10</td>" in page
    assert f"<td>{OPUS}</td>" in page
    assert "$0.0140" in page
    assert 'class="chart__bar"' in page


def test_nothing_of_alices_reaches_ben_whatever_he_asks_for(alice: User, ben_client: Client) -> None:
    booked(alice, attempt(), at=NOON)

    for address in (NOVEMBER, f"{NOVEMBER}&person={alice.pk}", f"{NOVEMBER}&group_by=user&person={alice.pk}"):
        page = ben_client.get(address).text
        assert "alice" not in page
        assert "$0.0140" not in page
        assert "Nothing was asked in these days" in page


def test_alice_sees_what_her_projects_cost(alice_client: Client, alice: User) -> None:
    garden, house = begin(alice, "Garden"), begin(alice, "House & yard")
    for project in (garden, house, None):
        chat = Conversation.objects.create(owner=alice, project=project, model=OPUS)
        booked(alice, attempt(), at=NOON, conversation=chat)

    page = alice_client.get(NOVEMBER).text
    of_one = alice_client.get(f"{NOVEMBER}&project={garden.pk}").text

    for name in ("Garden", "House &amp; yard", "none"):
        assert f"<td>{name}</td>" in page
    assert "Only <strong>Garden</strong>" in of_one
    assert f'<input type="hidden" name="project" value="{garden.pk}">' in of_one
    assert "House" not in of_one


def test_a_project_of_another_is_told_to_nobody(alice: User, ben: User, ben_client: Client) -> None:
    garden = begin(alice, "Garden")
    booked(alice, at=NOON, conversation=Conversation.objects.create(owner=alice, project=garden, model=OPUS))
    begin(ben, "House")

    page = ben_client.get(f"{NOVEMBER}&project={garden.pk}").text

    assert "Garden" not in page
    assert "Nothing was asked in these days" in page


def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    assert client.get("/usage/")["Location"] == "/accounts/login/?next=/usage/"


@pytest.mark.parametrize("query", ["from=soon", "from=2026-11-02&to=2026-11-01", "to=9999-12-31"])
def test_nonsense_gets_a_sentence_and_this_month(alice_client: Client, query: str) -> None:
    response = alice_client.get(f"/usage/?{query}")

    assert response.status_code == 400
    assert "Shown is this month instead." in response.text


def test_tokens_can_be_drawn_instead_of_cost(alice_client: Client, alice: User) -> None:
    booked(alice, attempt(), at=NOON)

    assert "Tuesday, 10 November 2026: 1,000 tokens" in alice_client.get(f"{NOVEMBER}&chart=tokens").text


def test_the_page_only_reads(alice_client: Client) -> None:
    assert alice_client.post("/usage/").status_code == 405
