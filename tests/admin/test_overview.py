"""/admin/: what stands, how the site is, and where one can go; each to whoever may see it."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from conversations.alerts.standing import clear_alert, raise_alert
from conversations.claude.access import access_print
from conversations.models import AlertKind, Outage, Reconciliation, ReconciliationState
from conversations.turns.leases import first_beat
from tests.admin.conftest import Chat, StaffWith


def condition(client: Client, name: str) -> tuple[str, bool]:
    shown = {each.name: each for each in client.get("/admin/").context["conditions"]}
    return shown[name].says, shown[name].is_well


def test_what_stands_is_the_first_thing_to_be_seen(cleo_client: Client) -> None:
    assert "No alert stands." in cleo_client.get("/admin/").text

    raise_alert(AlertKind.ERRORS, says="6 of 10 requests failed.")
    raise_alert(AlertKind.MODEL, subject="gone", says="It retires.")
    clear_alert(AlertKind.MODEL, subject="gone")
    page = cleo_client.get("/admin/").text

    assert "6 of 10 requests failed." in page.partition('id="use"')[0]
    assert "It retires." not in page
    assert "No alert stands." not in page


def test_of_many_alerts_the_newest_are_shown_and_the_rest_is_a_click_away(cleo_client: Client) -> None:
    for number in range(7):
        raise_alert(AlertKind.MODEL, subject=str(number), says=f"Model {number} retires.")
    page = cleo_client.get("/admin/").text

    assert [number for number in range(7) if f"Model {number} retires." in page] == [2, 3, 4, 5, 6]
    assert 'href="/admin/conversations/alert/?state=stands"' in page


def test_health_tells_of_workers_and_access(cleo_client: Client) -> None:
    assert condition(cleo_client, "Workers") == ("None alive: nobody answers, 0 questions waiting", False)
    first_beat(uuid4())
    assert condition(cleo_client, "Workers") == ("1 alive, 0 questions waiting", True)

    assert condition(cleo_client, "Claude")[1]
    Outage.objects.create(access=access_print(), reason="billing", next_probe_at=timezone.now())
    assert condition(cleo_client, "Claude") == ("Denies access: billing", False)


def test_health_tells_whether_the_bill_agrees(cleo_client: Client, settings: Any) -> None:
    settings.ANTHROPIC_ADMIN_KEY = ""
    assert condition(cleo_client, "Vendor's bill") == ("Not compared: no ANTHROPIC_ADMIN_KEY", True)

    Reconciliation.objects.create(day=date(2026, 11, 19), state=ReconciliationState.AGREES)
    assert condition(cleo_client, "Vendor's bill") == ("Agrees, 2026-11-19", True)
    Reconciliation.objects.create(day=date(2026, 11, 20), state=ReconciliationState.DIFFERS)
    assert condition(cleo_client, "Vendor's bill") == ("Differs, 2026-11-20", False)


def test_every_place_that_is_listed_is_there(cleo_client: Client) -> None:
    page = cleo_client.get("/admin/")
    places = [place for area in page.context["areas"] for place in area.places]

    assert len(places) > 20
    for place in places:
        assert cleo_client.get(place.url).status_code == 200
        assert not place.add_url or cleo_client.get(place.add_url).status_code == 200


def test_nobody_is_shown_a_place_or_a_figure_that_they_may_not_see(staff_with: StaffWith, chat: Chat) -> None:
    page = staff_with("view_refusalevent").get("/admin/")

    assert [place.key for area in page.context["areas"] for place in area.places] == ["RefusalEvent"]
    assert [place.key for place in page.context["places"]] == ["RefusalEvent"]
    assert "tiles" not in page.context
    assert "conditions" not in page.context
    assert "alert" not in page.text.lower()


def test_the_trend_draws_thirty_days(cleo_client: Client, chat: Chat) -> None:
    cost = cleo_client.get("/admin/").context["tiles"][0]

    points = cost.trend.line.split()
    assert len(points) == 30
    assert (points[0], points[-1]) == ("0.00,30.00", "100.00,2.00")
    assert cost.trend.says.startswith("Last 30 days: $0.014 at most, on ")
