"""/admin/conversations/batch/: a file becomes a batch, its estimate is confirmed, its results are its maker's."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.batches.nightly import make_now, switch
from conversations.models import Batch, BatchItem, BatchState, NightlyBatch, Purpose, UsageEntry, User
from tests.admin.conftest import CANARY, Chat, StaffWith
from tests.batches.conftest import drafted, look
from tests.upstream import Upstream, succeeded
from tests.usage.attempts import OPUS

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/conversations/batch/"
FILE = "id,prompt\na,Why?\nb,=1+1\n"


def upload(client: Client, data: str = FILE, *, name: str = "prompts.csv", **more: Any) -> Any:
    fields = {"model": OPUS, "max_tokens": "500", "file": SimpleUploadedFile(name, data.encode())} | more
    return client.post(f"{ADDRESS}add/", fields)


def page(client: Client, batch: Batch, **headers: str) -> Any:
    return client.get(f"{ADDRESS}{batch.pk}/change/", headers=headers)


def do(client: Client, batch: Batch, verb: str) -> str:
    return client.post(f"{ADDRESS}{batch.pk}/{verb}/", follow=True).text


def results(client: Client, batch: Batch, kind: str) -> str:
    response = client.get(f"{ADDRESS}{batch.pk}/results/?format={kind}")
    assert response.status_code == 200
    return b"".join(response).decode()


def read(upstream: Upstream) -> None:
    upstream.batches.takes_s = 0
    look(2)


def test_a_file_becomes_a_draft_with_an_estimate(cleo_client: Client, cleo: User) -> None:
    response = upload(cleo_client)

    batch = Batch.objects.get()
    assert response["Location"] == f"{ADDRESS}{batch.pk}/change/"
    assert (batch.person, batch.state, batch.items.count()) == (cleo, BatchState.DRAFT, 2)
    shown = page(cleo_client, batch).text
    # 1,000 tokens of answers at $20 a million, at half the price, and the prompts.
    assert "$0.010" in shown
    assert "An estimate, at half the usual price" in shown
    assert "Confirm and send" in shown


def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept(cleo_client: Client) -> None:
    response = upload(cleo_client, "id,prompt\n" + "a,\n" * 25)

    assert response.status_code == 422
    assert "Line 2: the prompt is empty." in response.text
    assert "and 5 more" in response.text
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "prompts.xlsx"}, "Not a .csv or .jsonl file."),
        ({"model": "claude-2"}, "Select a valid choice."),
        ({"max_tokens": "0"}, "greater than or equal to 1"),
        ({"max_tokens": "9999999"}, "Claude Opus 5.5 gives 128,000 at most."),
        ({"file": ""}, "This field is required."),
    ],
)
def test_a_wrong_choice_is_said(cleo_client: Client, change: dict[str, str], said: str) -> None:
    response = upload(cleo_client, **change)

    assert response.status_code == 422
    assert said in response.text


def test_a_batch_goes_from_its_confirmation_to_its_results(cleo_client: Client, upstream: Upstream) -> None:
    upload(cleo_client)
    batch = Batch.objects.get()

    assert "on its way" in do(cleo_client, batch, "confirm")
    assert "That was too late" in do(cleo_client, batch, "confirm")
    assert "Cancel the batch" in page(cleo_client, batch).text
    read(upstream)

    shown = page(cleo_client, batch).text
    assert "You asked: Why?" in shown
    assert "$0.0007" in shown
    assert "Results as CSV" in shown


def test_results_are_files_with_outcome_and_cost_and_run_no_formula(cleo_client: Client, upstream: Upstream) -> None:
    upload(cleo_client)
    batch = Batch.objects.get()
    do(cleo_client, batch, "confirm")
    upstream.batches.result_for = lambda request: (
        {"type": "expired"} if request["custom_id"].endswith("-1") else succeeded(request, "=HYPERLINK(1)\nmore")
    )
    read(upstream)

    late, answered = csv.DictReader(io.StringIO(results(cleo_client, batch, "csv")))
    assert (late["id"], late["outcome"], late["cost_usd"]) == ("a", "expired", "0.0000000000")
    assert (answered["prompt"], answered["answer"]) == ("'=1+1", "'=HYPERLINK(1)\nmore")
    lines = [json.loads(line) for line in results(cleo_client, batch, "jsonl").splitlines()]
    assert (lines[1]["prompt"], lines[1]["answer"]) == ("=1+1", "=HYPERLINK(1)\nmore")
    assert (lines[1]["cost_usd"], lines[1]["output_tokens"]) == ("0.0007000000", 50)
    assert cleo_client.get(f"{ADDRESS}{batch.pk}/results/?format=xml").status_code == 400


def test_markup_in_prompts_and_answers_is_text(cleo_client: Client, upstream: Upstream) -> None:
    upload(cleo_client, "prompt\n<script>alert(1)</script>\n", name="<b>.csv")
    batch = Batch.objects.get()
    do(cleo_client, batch, "confirm")
    read(upstream)

    shown = page(cleo_client, batch).text
    assert "<script>alert" not in shown
    assert "<b>.csv" not in shown


def test_progress_is_sent_when_there_is_some(cleo_client: Client, upstream: Upstream) -> None:
    upload(cleo_client)
    batch = Batch.objects.get()
    do(cleo_client, batch, "confirm")

    first = page(cleo_client, batch, HX_Request="true")
    assert first.text.lstrip().startswith('<div id="batch-state" hx-get=')
    seen = f"{ADDRESS}{batch.pk}/change/?seen={first.context['mark']}"
    assert cleo_client.get(seen, headers={"HX-Request": "true"}).status_code == 204

    look()
    assert "Under way" in cleo_client.get(seen, headers={"HX-Request": "true"}).text


def test_a_batch_is_cancelled_by_a_button(cleo_client: Client, upstream: Upstream) -> None:
    upload(cleo_client)
    batch = Batch.objects.get()
    do(cleo_client, batch, "confirm")
    look()

    assert "It is being cancelled." in do(cleo_client, batch, "cancel")
    look(2)

    assert "Cancelled" in page(cleo_client, batch).text
    assert set(UsageEntry.objects.values_list("billed", "cost_usd")) == {(False, Decimal(0))}


def test_a_batch_under_way_is_not_deleted_and_an_ended_one_leaves_its_cost(
    cleo_client: Client, upstream: Upstream
) -> None:
    upload(cleo_client)
    batch = Batch.objects.get()
    do(cleo_client, batch, "confirm")
    delete = f"{ADDRESS}{batch.pk}/delete/"
    assert cleo_client.post(delete, {"post": "yes"}).status_code == 403
    read(upstream)

    assert "What it cost stays in the ledger." in cleo_client.get(delete).text
    cleo_client.post(delete, {"post": "yes"})

    assert not BatchItem.objects.exists()
    assert UsageEntry.objects.filter(purpose=Purpose.BATCH).count() == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_samples_can_be_uploaded(cleo_client: Client, kind: str) -> None:
    sample = b"".join(cleo_client.get(f"{ADDRESS}sample/?format={kind}"))

    upload(cleo_client, sample.decode(), name=f"prompts.{kind}")

    assert [item.key for item in Batch.objects.get().items.in_order()] == ["fjord", "tide"]


def test_what_somebody_asks_in_a_batch_is_theirs_alone(alice: User, cleo_client: Client) -> None:
    batch = drafted(alice)

    assert "prompts.csv" not in cleo_client.get(ADDRESS).text
    for place in ("change/", "results/", "delete/"):
        assert cleo_client.get(f"{ADDRESS}{batch.pk}/{place}").status_code in (302, 404)
    for verb in ("confirm", "cancel", "again"):
        assert cleo_client.post(f"{ADDRESS}{batch.pk}/{verb}/").status_code == 404
    assert cleo_client.post(f"{ADDRESS}{batch.pk}/delete/", {"post": "yes"}).status_code in (302, 404)
    assert Batch.objects.get().state == BatchState.DRAFT


def test_each_step_needs_its_permission(staff_with: StaffWith, cleo: User) -> None:
    batch = drafted(cleo)
    viewer = staff_with("view_batch")

    assert page(viewer, batch).status_code == 200
    assert "Confirm and send" not in page(viewer, batch).text
    assert viewer.post(f"{ADDRESS}{batch.pk}/confirm/").status_code == 403
    assert viewer.get(f"{ADDRESS}add/").status_code == 403
    assert viewer.get(f"{ADDRESS}sample/").status_code == 403
    assert viewer.post(f"{ADDRESS}nightly/", {"on": "label"}).status_code == 403
    assert viewer.get(f"{ADDRESS}{batch.pk}/confirm/").status_code == 405

    other = staff_with("view_usageentry")
    assert page(other, batch).status_code == 403
    assert other.get(f"{ADDRESS}{batch.pk}/results/").status_code == 403


def test_people_who_are_no_staff_are_turned_away(alice_client: Client, alice: User) -> None:
    batch = drafted(alice)

    for place in ("", "add/", "sample/", f"{batch.pk}/change/", f"{batch.pk}/results/"):
        assert alice_client.get(f"{ADDRESS}{place}").status_code == 302


def test_the_owner_switches_what_happens_at_night(cleo_client: Client) -> None:
    cleo_client.post(f"{ADDRESS}nightly/", {"on": "label"})
    assert NightlyBatch.objects.is_on(Purpose.LABEL)

    cleo_client.post(f"{ADDRESS}nightly/", {})
    assert not NightlyBatch.objects.is_on(Purpose.LABEL)


def test_a_batch_of_the_sites_own_shows_numbers_and_no_words(
    cleo_client: Client, chat: Chat, upstream: Upstream
) -> None:
    switch(Purpose.LABEL, is_on=True)
    batch = make_now(Purpose.LABEL)
    assert batch
    upstream.batches.result_for = lambda request: succeeded(request, json.dumps({"label": "policy"}))
    read(upstream)

    shown = page(cleo_client, batch).text
    assert "Answered" in shown
    assert CANARY not in shown
    assert cleo_client.get(f"{ADDRESS}{batch.pk}/results/").status_code == 404
    assert "Looks right" in cleo_client.get("/admin/conversations/refusalevent/").text
