"""Budgets in the admin: set by the owner, with what is used of them now."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Budget, PeopleGroup, User
from tests.usage.attempts import booked

FACTS = {"limit": "10", "unit": "usd", "per": "month", "warn_percent": "80", "at_limit": "stop", "is_on": "on"}
ADD = "/admin/conversations/budget/add/"


def test_the_owner_sets_one_for_the_site_a_group_or_a_person(cleo_client: Client, alice: User) -> None:
    group = PeopleGroup.objects.create(name="Interns")
    every: tuple[dict[str, Any], ...] = ({}, {"group": group.pk, "is_each": "on"}, {"person": alice.pk})
    for facts in every:
        assert cleo_client.post(ADD, {**FACTS, **facts}).status_code == 302

    page = cleo_client.get("/admin/conversations/budget/").text
    for whose in ("the site", "Interns, each", "alice"):
        assert whose in page


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"limit": "0"}, "The limit must be above zero."),
        ({"limit": "-1"}, "The limit must be above zero."),
        ({"person": "alice", "group": "group"}, "of a person or of a group, not of both"),
        ({"person": "alice", "is_each": "on"}, "One person is not several"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    cleo_client: Client, alice: User, facts: dict[str, str], sentence: str
) -> None:
    keys: dict[str, Any] = {"alice": alice.pk, "group": PeopleGroup.objects.create(name="Interns").pk}

    response = cleo_client.post(ADD, {**FACTS, **{name: keys.get(value, value) for name, value in facts.items()}})

    assert response.status_code == 200
    assert sentence in response.text
    assert not Budget.objects.exists()


def test_what_is_used_stands_in_words_beside_its_bar(cleo_client: Client, alice: User) -> None:
    entry = booked(alice)
    for facts in ({"person": alice}, {}, {"is_each": True}):
        Budget.objects.create(limit=entry.cost_usd * 4, **facts)
    booked(alice)

    page = cleo_client.get("/admin/conversations/budget/").text
    assert page.count('aria-label="') >= 3
    assert page.count("% used") == 3
    assert "by alice, the most" in page
    for budget in Budget.objects.all():
        shown = cleo_client.get(f"/admin/conversations/budget/{budget.pk}/change/").text
        assert "left." in shown


def test_budgets_are_for_staff_with_the_right_alone(staff_with: Any, alice_client: Client) -> None:
    assert staff_with("view_user").get("/admin/conversations/budget/").status_code == 403
    assert staff_with("view_budget").get("/admin/conversations/budget/").status_code == 200
    assert staff_with("view_budget").post(ADD, FACTS).status_code == 403
    assert alice_client.get("/admin/conversations/budget/", follow=True).status_code == 403
