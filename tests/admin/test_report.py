"""The usage report as a page and as CSV."""

import csv
import html
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import AsyncClient, Client

from conversations.claude.events import Refused, TokenCounts
from conversations.models import Conversation, PeopleGroup, Project, Purpose, User
from conversations.projects.keep import begin, delete
from tests.usage.attempts import OPUS, SONNET, attempt, booked

REPORT = "/admin/conversations/usageentry/report/"
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
COLUMNS = (
    "requests,input_tokens,cache_write_5m_tokens,cache_write_1h_tokens,cache_read_tokens,output_tokens,"
    "web_searches,cost_usd,refusals,estimated_requests"
)
TOKENS = TokenCounts(input=10, cache_write_5m=20, cache_write_1h=30, cache_read=40, output=50, web_searches=2)


@pytest.fixture
def november(alice: User, ben: User) -> None:
    booked(alice, attempt(TOKENS, model=OPUS, estimated=True), at=NOON)
    booked(alice, attempt(TOKENS, model=SONNET), at=NOON)
    booked(ben, attempt(TOKENS, model=OPUS), at=NOON, refused=Refused("bio", None, after_text=True))
    booked(ben, attempt(TOKENS, model=OPUS), at=NOON.replace(month=10))


def text(response: Any) -> str:
    return str(response.getvalue().decode())


def rows(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(response), newline="")))


def test_the_csv_has_the_groups_as_asked_and_then_the_agreed_columns(cleo_client: Client, november: None) -> None:
    response = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=user,model,day&format=csv")

    assert text(response).splitlines() == [
        f"user,model,day,{COLUMNS}",
        f"alice,{OPUS},2026-11-10,1,10,20,30,40,50,2,0.0213880000,0,1",
        f"alice,{SONNET},2026-11-10,1,10,20,30,40,50,2,0.0206940000,0,0",
        f"ben,{OPUS},2026-11-10,1,10,20,30,40,50,2,0.0213880000,1,0",
    ]
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="usage_2026-11-01_2026-11-30.csv"'


def test_groups_may_be_ticked_one_by_one_and_keep_their_order(cleo_client: Client, november: None) -> None:
    response = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=day&group_by=user&format=csv")

    header, *lines = text(response).splitlines()
    assert header == f"day,user,{COLUMNS}"
    assert [line.split(",")[:3] for line in lines] == [["2026-11-10", "alice", "2"], ["2026-11-10", "ben", "1"]]


def test_an_empty_range_has_the_columns_and_no_rows(cleo_client: Client, november: None) -> None:
    response = cleo_client.get(f"{REPORT}?from=2020-01-01&to=2020-01-31&format=csv")

    assert text(response).splitlines() == [f"user,{COLUMNS}"]


def test_no_name_becomes_a_formula(cleo_client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(username="=cmd|' /C calc'!A0")
    booked(alice, at=NOON)

    response = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&format=csv")

    assert rows(response)[0]["user"] == "'=cmd|' /C calc'!A0"


@pytest.mark.django_db(transaction=True)
async def test_the_csv_streams_from_the_real_kind_of_server(
    async_client: AsyncClient, cleo: User, november: None
) -> None:
    await async_client.aforce_login(cleo)

    response: Any = await async_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=model&format=csv")

    assert response.is_async
    portions = [portion.decode() async for portion in response.streaming_content]
    assert [line.split(",")[:2] for line in "".join(portions).splitlines()] == [
        ["model", "requests"],
        [OPUS, "2"],
        [SONNET, "1"],
    ]


def test_the_page_shows_the_rows_their_total_and_a_chart(cleo_client: Client, november: None) -> None:
    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30").text

    assert "$0.0421" in page  # alice: 0.021388 + 0.020694
    assert "$0.0635" in page  # everybody
    assert "<title>Tuesday, 10 November 2026: $0.063, 3 requests</title>" in page
    assert page.count('class="chart__bar"') == 1


def test_the_chart_can_show_tokens_by_class(cleo_client: Client, november: None) -> None:
    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&chart=tokens").text

    for name in ("Input, not cached", "Written to the cache", "Read from the cache", "Output"):
        assert f"{name}, tokens per day" in page
    assert "Tuesday, 10 November 2026: 150 tokens" in page


def test_the_report_can_be_of_one_person(cleo_client: Client, november: None, ben: User) -> None:
    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&person={ben.pk}").text

    assert "Only <strong>ben</strong>" in page
    assert "alice" not in page


def test_a_deleted_account_keeps_its_rows_and_loses_its_name(cleo_client: Client, november: None, ben: User) -> None:
    was_called = ben.pseudonym
    ben.delete()

    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30").text

    assert f"<td>{was_called}</td>" in page
    assert "ben" not in page


def test_nothing_used_says_what_will_appear(cleo_client: Client) -> None:
    page = cleo_client.get(REPORT).text

    assert "What is asked appears here" in page
    assert "<svg" not in page


@pytest.mark.parametrize("query", ["from=tomorrow", "group_by=hour", "from=2026-11-02&to=2026-11-01", "person=x"])
def test_nonsense_gets_a_sentence_and_this_month(cleo_client: Client, query: str) -> None:
    page = cleo_client.get(f"{REPORT}?{query}")
    file = cleo_client.get(f"{REPORT}?{query}&format=csv")

    assert (page.status_code, file.status_code) == (400, 400)
    assert 'role="alert"' in page.text
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert file.text.startswith("“")


def test_a_long_report_shows_its_first_rows_and_says_so(
    cleo_client: Client, november: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.usage.page.MOST_ROWS", 2)

    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=user,model").text

    assert "These are the first 2 rows; the CSV has them all." in page
    assert "$0.0635" in page  # the total is still everybody's


def test_the_number_of_queries_does_not_grow_with_the_ledger(
    cleo_client: Client, alice: User, ben: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        booked(alice, attempt(model=f"claude-novel-{number}"), at=NOON)
        booked(ben, attempt(model=f"claude-novel-{number}"), at=NOON)

    with django_assert_max_num_queries(6):  # session, person, rows, days, totals
        cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=user,model,day")


def test_the_json_has_the_rows_with_every_figure(cleo_client: Client, november: None, alice: User) -> None:
    response = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=user,purpose&format=json")

    told = json.loads(text(response))
    assert (told["from"], told["to"], told["group_by"]) == ("2026-11-01", "2026-11-30", ["user", "purpose"])
    assert [row["user"] for row in told["rows"]] == ["alice", "ben"]
    first = told["rows"][0]
    assert (first["purpose"], first["person_id"], first["requests"]) == ("answer", alice.pk, 2)
    assert (first["cost_usd"], first["estimated_cost_usd"]) == ("0.0420820000", "0.0213880000")
    assert response["Content-Disposition"] == 'attachment; filename="usage_2026-11-01_2026-11-30.json"'


def test_a_purpose_is_said_in_words(cleo_client: Client, alice: User) -> None:
    booked(alice, at=NOON, purpose=Purpose.FOLLOW_UPS)

    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&group_by=purpose").text

    assert "<td>Follow-up suggestions</td>" in page


def test_a_json_without_rows_is_one_too(cleo_client: Client) -> None:
    assert json.loads(text(cleo_client.get(f"{REPORT}?format=json")))["rows"] == []


def test_the_report_stands_beside_the_month_before(cleo_client: Client, november: None) -> None:
    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30").text

    assert "+197 %, $0.021 before" in page
    assert "+200 %, 1 before" in page
    assert "1 October 2026 to 31 October 2026</a>" in page
    assert "Of the cost, $0.021 is estimated: 1 request ended before Claude had told what it used." in page


@pytest.mark.parametrize(
    "grouping", ["user", "model", "purpose", "day", "group", "project", "user,group,project,model,purpose,day"]
)
@pytest.mark.parametrize(
    "narrowed", ["", "&person={alice}", "&group={friends}", "&project={garden}", "&project={gone}", "&project=0"]
)
def test_each_row_leads_to_the_attempts_that_it_adds_up(
    cleo_client: Client, november: None, alice: User, ben: User, cleo: User, grouping: str, narrowed: str
) -> None:
    friends = PeopleGroup.objects.create(name="Friends & more")
    User.objects.filter(pk=alice.pk).update(group=friends)
    booked(User.objects.get(pk=alice.pk), attempt(answered_model="", reason="overloaded"), at=NOON)
    booked(None, attempt(), at=NOON, purpose=Purpose.LABEL)
    booked(cleo, attempt(), at=NOON)
    cleo_client.force_login(User.objects.create_user("owner", is_staff=True, is_superuser=True))
    cleo.delete()
    garden, gone = begin(alice, "Garden"), begin(ben, "Garden")
    for project in (garden, gone):
        booked(project.owner, at=NOON, conversation=in_project(project))
    numbers = {"alice": alice.pk, "friends": friends.pk, "garden": garden.pk, "gone": gone.pk}
    delete(gone)
    query = f"?from=2026-11-01&to=2026-11-30&group_by={grouping}" + narrowed.format(**numbers)

    page = cleo_client.get(REPORT + query).text

    links = re.findall(r'<a href="([^"]+)" title="One by one">(\d+)</a>', page)
    assert links
    for address, requests in links:
        listed = cleo_client.get(html.unescape(address))
        assert listed.status_code == 200, address
        assert listed.context["cl"].result_count == int(requests), address


def test_a_report_is_by_project_and_of_one(cleo_client: Client, alice: User, ben: User) -> None:
    garden, other = begin(alice, "Garden"), begin(ben, "Garden")
    for project in (garden, other):
        booked(project.owner, at=NOON, conversation=in_project(project))
    booked(alice, at=NOON)
    asked = f"{REPORT}?from=2026-11-01&to=2026-11-30"

    page = cleo_client.get(f"{asked}&group_by=project").text
    of_one = cleo_client.get(f"{asked}&project={garden.pk}").text
    of_none = cleo_client.get(f"{asked}&project=0").text
    told = json.loads(text(cleo_client.get(f"{asked}&group_by=project&format=json")))["rows"]

    for name in ("Garden (alice)", "Garden (ben)", "none"):
        assert f"<td>{name}</td>" in page
    assert "Only <strong>Garden (alice)</strong>" in of_one
    assert f'<input type="hidden" name="project" value="{garden.pk}">' in of_one
    assert "Only <strong>chats outside of projects</strong>" in of_none
    assert [(row["project"], row["project_id"]) for row in told] == [
        ("Garden (alice)", garden.pk),
        ("Garden (ben)", other.pk),
        ("none", 0),
    ]


def test_an_attempt_names_its_project_while_there_is_one(cleo_client: Client, alice: User) -> None:
    garden = begin(alice, "Garden")
    entry = booked(alice, conversation=in_project(garden))
    number, address = garden.pk, f"/admin/conversations/usageentry/{entry.pk}/change/"

    assert "Garden (alice)" in cleo_client.get(address).text
    delete(garden)
    assert f"deleted project {number}" in cleo_client.get(address).text


def in_project(project: Project) -> Conversation:
    return Conversation.objects.create(owner=project.owner, project=project, model=OPUS)


def test_somebody_who_is_gone_is_found_by_their_number(cleo_client: Client, november: None, ben: User) -> None:
    number, was_called = ben.pk, ben.pseudonym
    ben.delete()

    page = cleo_client.get(f"{REPORT}?from=2026-11-01&to=2026-11-30&person={number}&group_by=user").text

    assert was_called in page
    assert "alice" not in page
