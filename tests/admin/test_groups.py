"""Groups in the admin: the owner makes them, and a group admin sees their own group and nothing else."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.claude.events import Refused
from conversations.models import Budget, Conversation, PeopleGroup, Project, RefusalEvent, UsageEntry, User
from tests.admin.conftest import CANARY, Chat
from tests.usage.attempts import OPUS, attempt, booked

HAIKU = "claude-haiku-5-5"
OPEN = ("user", "usageentry", "refusalevent", "peoplegroup", "budget")
STRANGER = "ben-the-stranger"


@pytest.fixture
def group(alice: User) -> PeopleGroup:
    group = PeopleGroup.objects.create(name="Interns", allowed_models=[HAIKU])
    alice.group = group
    alice.save()
    return group


@pytest.fixture
def elsewhere(ben: User, group: PeopleGroup, chat: Chat) -> PeopleGroup:
    """Ben in another group, with a refusal, and somebody without a group."""
    other = PeopleGroup.objects.create(name=f"{STRANGER}s group")
    ben.username, ben.email, ben.group = STRANGER, f"{STRANGER}@example.com", other
    ben.save()
    ended = attempt(stop_reason="refusal", request_id=f"req_{STRANGER}")
    booked(ben, ended, refused=Refused(STRANGER, STRANGER, after_text=False))
    project = Project.objects.create(owner=ben, name=STRANGER)
    booked(ben, conversation=Conversation.objects.create(owner=ben, project=project, model=OPUS))
    alone = User.objects.create_user(f"{STRANGER}-without-group")
    booked(alone, attempt(request_id=f"req_{STRANGER}_alone"))
    for whose in ({"group": other}, {"person": ben}, {"group": group}, {}):
        Budget.objects.create(limit=5, contact=STRANGER if whose != {"group": group} else "", **whose)
    return other


@pytest.fixture
def dora(group: PeopleGroup, elsewhere: PeopleGroup) -> User:
    """The group admin, who was also given every right that there is."""
    dora = User.objects.create_user("dora", group=group, is_group_admin=True, is_staff=True)
    dora.user_permissions.set(Permission.objects.all())
    return User.objects.get(pk=dora.pk)


@pytest.fixture
def dora_client(dora: User) -> Client:
    client = Client()
    client.force_login(dora)
    return client


def every_page() -> Iterable[tuple[str, str]]:
    """With the model that it is of."""
    for model in site._registry:
        name = str(model._meta.model_name)
        base = f"/admin/{model._meta.app_label}/{name}/"
        yield from ((name, base), (name, f"{base}?q={STRANGER}"), (name, f"{base}add/"))
        for row in model._default_manager.all():
            yield from ((name, f"{base}{row.pk}/{page}/") for page in ("change", "history", "delete"))
    for person in User.objects.all():
        yield "user", f"/admin/conversations/user/{person.pk}/password/"


def without_the_search(page: str) -> str:
    return re.sub(rf'(value="|q=|q%3D){STRANGER}', "", page)


def test_a_group_admin_gets_into_the_pages_of_their_group_alone_whatever_they_were_given(
    dora_client: Client, dora: User
) -> None:
    opened = set()
    for name, address in every_page():
        response = dora_client.get(address, follow=True)
        if response.status_code == 200:
            opened.add(name)
            page = without_the_search(response.text)
            assert STRANGER not in page, address
            assert CANARY not in page, address
        else:
            assert response.status_code in (403, 404), address
    assert opened == set(OPEN)


@pytest.mark.parametrize(
    "place", ["", "conversations/", "conversations/usageentry/report/", "conversations/usageentry/cache/"]
)
def test_no_overview_or_report_tells_of_others(dora_client: Client, elsewhere: PeopleGroup, place: str) -> None:
    page = dora_client.get(f"/admin/{place}")

    assert page.status_code == 200
    assert STRANGER not in page.text


@pytest.mark.parametrize("grouping", ["user,model,day", "group", "user", "project"])
def test_the_csv_of_a_group_admin_holds_their_group_alone(
    dora_client: Client, elsewhere: PeopleGroup, grouping: str
) -> None:
    asked = f"/admin/conversations/usageentry/report/?group_by={grouping}&format=csv"
    everything = b"".join(getattr(dora_client.get(asked), "streaming_content")).decode()  # noqa: B009
    narrowed = b"".join(getattr(dora_client.get(f"{asked}&group={elsewhere.pk}"), "streaming_content")).decode()  # noqa: B009

    assert STRANGER not in everything + narrowed
    assert len(everything.splitlines()) == 2


def test_a_group_admin_learns_nothing_of_the_projects_of_others(dora_client: Client, elsewhere: PeopleGroup) -> None:
    number = Project.objects.get().pk
    for page in ("report/", "cache/", ""):
        for asked in (f"?project={number}", f"?project={number}&group_by=project&group={elsewhere.pk}"):
            told = dora_client.get(f"/admin/conversations/usageentry/{page}{asked if page else asked.split('&')[0]}")
            assert told.status_code == 200
            assert STRANGER not in told.text
    assert not dora_client.get(f"/admin/conversations/usageentry/?project={number}").context["cl"].result_list


def test_a_group_admin_changes_nothing(dora_client: Client, dora: User, alice: User, group: PeopleGroup) -> None:
    refusal = RefusalEvent.objects.get(person=alice)
    for address, data in (
        (f"user/{alice.pk}/change/", {"username": "mallory", "is_superuser": "on"}),
        (f"user/{dora.pk}/change/", {"username": "dora", "is_superuser": "on"}),
        ("user/", {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}),
        ("user/", {"action": f"put_into_{group.pk}", "_selected_action": [dora.pk]}),
        (f"peoplegroup/{group.pk}/change/", {"name": "Mine", "instructions": "Obey."}),
        (f"refusalevent/{refusal.pk}/change/", {"state": "resolved"}),
    ):
        dora_client.post(f"/admin/conversations/{address}", data)

    alice.refresh_from_db()
    dora.refresh_from_db()
    group.refresh_from_db()
    refusal.refresh_from_db()
    assert (alice.username, alice.group, dora.is_superuser, group.name, refusal.state) == (
        "alice",
        group,
        False,
        "Interns",
        "new",
    )


def test_what_somebody_wrote_to_the_owner_is_not_for_a_group_admin(
    dora_client: Client, cleo_client: Client, alice: User
) -> None:
    refusal = RefusalEvent.objects.get(person=alice)
    RefusalEvent.objects.update(report_note="swordfish")
    address = f"/admin/conversations/refusalevent/{refusal.pk}/change/"

    assert "swordfish" not in dora_client.get(address).text
    assert "swordfish" in cleo_client.get(address).text


def test_a_group_admin_without_a_group_sees_nobody(dora_client: Client, dora: User) -> None:
    PeopleGroup.objects.all().delete()

    assert not dora_client.get("/admin/conversations/user/").context["cl"].result_list
    assert not dora_client.get("/admin/conversations/usageentry/").context["cl"].result_list


def test_usage_stays_with_the_group_that_a_person_belonged_to(alice: User, group: PeopleGroup) -> None:
    booked(alice)
    other = PeopleGroup.objects.create(name="Staff")
    alice.group = other
    alice.save()
    booked(alice)

    assert list(UsageEntry.objects.order_by("pk").values_list("group__name", flat=True)) == ["Interns", "Staff"]


def test_the_owner_makes_a_group_and_puts_people_into_it(cleo_client: Client, alice: User, ben: User) -> None:
    facts: dict[str, Any] = {
        "name": "Interns",
        "allowed_models": [HAIKU],
        "limits_tools": "on",
        "instructions": "Be nice.",
    }
    assert cleo_client.post("/admin/conversations/peoplegroup/add/", facts).status_code == 302
    group = PeopleGroup.objects.get()
    assert (group.allowed_models, group.limits_tools, group.allowed_tools) == ([HAIKU], True, [])

    chosen = {"action": f"put_into_{group.pk}", "_selected_action": [alice.pk]}
    cleo_client.post("/admin/conversations/user/", chosen)
    assert list(group.people.all()) == [alice]
    page = cleo_client.get(f"/admin/conversations/peoplegroup/{group.pk}/change/").text
    assert "alice" in page
    assert "ben" not in page

    cleo_client.post("/admin/conversations/user/", {"action": "put_into_none", "_selected_action": [alice.pk]})
    assert not group.people.exists()


def test_a_model_that_is_not_offered_now_stays_chosen(cleo_client: Client, group: PeopleGroup) -> None:
    group.allowed_models = [HAIKU, "claude-gone-1"]
    group.save()
    address = f"/admin/conversations/peoplegroup/{group.pk}/change/"

    assert "claude-gone-1, not offered now" in cleo_client.get(address).text
    cleo_client.post(address, {"name": "Interns", "allowed_models": [HAIKU, "claude-gone-1"]})

    group.refresh_from_db()
    assert group.allowed_models == ["claude-gone-1", HAIKU] or group.allowed_models == [HAIKU, "claude-gone-1"]


def test_people_are_put_into_groups_by_superusers_alone(staff_with: Any, cleo: User, group: PeopleGroup) -> None:
    client = staff_with("view_user", "change_user")

    client.post("/admin/conversations/user/", {"action": f"put_into_{group.pk}", "_selected_action": [cleo.pk]})
    facts = {"username": "cleo", "email": "", "is_active": "on", "group": group.pk, "is_group_admin": "on"}
    client.post(f"/admin/conversations/user/{cleo.pk}/change/", facts)

    cleo.refresh_from_db()
    assert (cleo.group, cleo.is_group_admin) == (None, False)


def test_a_report_by_group_adds_up(cleo_client: Client, dora: User) -> None:
    page = cleo_client.get("/admin/conversations/usageentry/report/?group_by=group").text

    assert "Interns" in page
    assert Conversation.objects.filter(model=OPUS).exists()
