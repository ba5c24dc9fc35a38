"""What the site asks by itself at night, where the owner wants it: labels of refusals."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from conversations.batches.nightly import make_now, make_tonights, next_night, switch
from conversations.models import Batch, BatchItem, BatchState, NightlyBatch, Purpose, RefusalEvent, ReviewState
from conversations.models import UsageEntry as Entry
from tests.admin.conftest import CANARY, Chat, chat
from tests.batches.conftest import fresh, look
from tests.upstream import Upstream, succeeded

pytestmark = pytest.mark.django_db
__all__ = ["chat"]  # a fixture


def label(text: str) -> Any:
    return lambda request: succeeded(request, text)


def night() -> None:
    NightlyBatch.objects.update(due_at=Now() - timedelta(seconds=1))


def labelled(upstream: Upstream, text: str) -> RefusalEvent:
    upstream.batches.takes_s = 0
    upstream.batches.result_for = label(text)
    switch(Purpose.LABEL, is_on=True)
    night()
    look(2)
    return RefusalEvent.objects.get()


def test_nothing_is_asked_unless_the_owner_wants_it(chat: Chat, upstream: Upstream) -> None:
    look()
    switch(Purpose.LABEL, is_on=True)
    switch(Purpose.LABEL, is_on=False)
    night()
    look()

    assert not Batch.objects.exists()


def test_at_night_a_refusal_gets_its_label(chat: Chat, upstream: Upstream) -> None:
    event = labelled(upstream, json.dumps({"label": "false_alarm"}))

    assert (event.label, event.state) == ("false_alarm", ReviewState.NEW)
    entry = Entry.objects.get(purpose=Purpose.LABEL)
    assert (entry.person, entry.conversation, entry.price["factor"]) == (None, chat.conversation, "0.5")
    (sent,) = upstream.batches.created[0]["requests"]
    assert f"{CANARY} words" in sent["params"]["messages"][0]["content"][0]["text"]
    assert sent["params"]["output_config"]["format"]["type"] == "json_schema"


def test_no_words_of_the_chat_are_kept_with_the_batch(chat: Chat, upstream: Upstream) -> None:
    labelled(upstream, f"{CANARY}: no JSON at all")

    item = BatchItem.objects.get()
    assert CANARY not in f"{item.prompt}{item.system}{item.answer}{item.key}"


@pytest.mark.parametrize("text", ["[]", '{"label": "harmless"}', '{"lab', '{"label": ["policy"]}'])
def test_an_answer_of_another_shape_is_no_label(chat: Chat, upstream: Upstream, text: str) -> None:
    assert labelled(upstream, text).label == ""
    assert Entry.objects.filter(purpose=Purpose.LABEL).count() == 1


def test_a_refusal_is_labelled_once(chat: Chat, upstream: Upstream) -> None:
    labelled(upstream, "[]")

    night()
    look(2)

    assert len(upstream.batches.created) == 1


def test_what_was_not_answered_is_asked_again_the_next_night(chat: Chat, upstream: Upstream) -> None:
    upstream.batches.takes_s = 0
    upstream.batches.result_for = lambda _: {"type": "expired"}
    switch(Purpose.LABEL, is_on=True)

    for _ in range(2):
        night()
        look(2)

    assert len(upstream.batches.created) == 2


def test_a_label_that_claude_declines_is_no_event_to_review(chat: Chat, upstream: Upstream) -> None:
    upstream.batches.takes_s = 0
    upstream.batches.result_for = lambda request: succeeded(request, stop_reason="refusal", content=[])
    switch(Purpose.LABEL, is_on=True)
    night()
    look(2)

    assert RefusalEvent.objects.count() == 1
    assert BatchItem.objects.get().outcome == "refused"


def test_a_chat_that_is_deleted_meanwhile_is_not_asked_about(chat: Chat, upstream: Upstream) -> None:
    batch = make_now(Purpose.LABEL)
    assert batch
    chat.conversation.delete()

    look()

    assert fresh(batch).state == BatchState.ENDED
    assert upstream.batches.created == []


def test_each_night_is_taken_by_one_process(chat: Chat) -> None:
    switch(Purpose.LABEL, is_on=True)
    night()

    assert (make_tonights(), make_tonights()) == (1, 0)


def test_a_refusal_cannot_wait_for_two_labels(chat: Chat) -> None:
    make_now(Purpose.LABEL)
    batch = Batch.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        BatchItem.objects.create(batch=batch, number=2, refusal=chat.refusal)


@pytest.mark.parametrize(
    ("now", "then"),
    [("2026-11-20T02:59", "2026-11-20T03:00"), ("2026-11-20T03:00", "2026-11-21T03:00")],
)
def test_a_night_begins_at_three_in_the_sites_zone(settings: Any, now: str, then: str) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    zone = ZoneInfo("Asia/Tokyo")

    night = next_night(datetime.fromisoformat(now).replace(tzinfo=zone))

    assert night == datetime.fromisoformat(then).replace(tzinfo=zone)
