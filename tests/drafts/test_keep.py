"""A draft is kept: the last writer wins, but only over what they have seen."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.attachments.store import receive
from conversations.drafts.keep import AlreadySent, Writing, WrittenElsewhere, keep_draft
from conversations.models import Attachment, Conversation, Draft, User
from conversations.turns.start import start_turn
from conversations.turns.start_errors import UnknownAttachment
from tests.attachments import pictures
from tests.turns.conversing import sending

MODEL = "claude-opus-5-5"


def writing(text: str, *, tab: UUID | None = None, edition: int = 1, seen: str = "", **more: object) -> Writing:
    blank = Writing(text, MODEL, uuid4(), (), tab or uuid4(), edition, seen)
    return replace(blank, **more)  # type: ignore[arg-type]


def attached(person: User) -> Attachment:
    return receive(person, SimpleUploadedFile("photo.jpg", pictures.jpeg()))


def text_of(person: User, conversation: Conversation | None = None) -> str:
    return Draft.objects.of(person, conversation).get().text


def test_each_conversation_and_the_new_chat_have_a_draft_of_their_own(alice: User) -> None:
    conversation = start_turn(alice, sending(), None).conversation

    keep_draft(alice, None, writing("For a new chat"))
    keep_draft(alice, conversation, writing("For this one"))

    assert (text_of(alice), text_of(alice, conversation)) == ("For a new chat", "For this one")


def test_two_people_do_not_see_each_others_draft(alice: User, ben: User) -> None:
    keep_draft(alice, None, writing("Alice's"))
    keep_draft(ben, None, writing("Ben's"))

    assert (text_of(alice), text_of(ben)) == ("Alice's", "Ben's")


def test_a_tab_writes_over_itself_and_an_overtaken_save_does_no_harm(alice: User) -> None:
    tab = uuid4()

    for edition, text in ((1, "One"), (3, "One, two, three"), (2, "One, two")):
        keep_draft(alice, None, writing(text, tab=tab, edition=edition))

    assert text_of(alice) == "One, two, three"


def test_a_tab_that_went_on_from_the_others_words_may_replace_them(alice: User) -> None:
    keep_draft(alice, None, writing("Begun here"))
    seen = Draft.objects.get().saved_as

    keep_draft(alice, None, writing("Begun here, ended there", seen=seen))

    assert text_of(alice) == "Begun here, ended there"


def test_words_that_a_tab_has_not_seen_are_not_replaced(alice: User) -> None:
    keep_draft(alice, None, writing("Begun here"))
    seen = Draft.objects.get().saved_as
    keep_draft(alice, None, writing("Gone on elsewhere", seen=seen))

    for blind in (writing("Written meanwhile", seen=seen), writing("Blind"), writing("", seen=seen)):
        with pytest.raises(WrittenElsewhere):
            keep_draft(alice, None, blind)

    assert text_of(alice) == "Gone on elsewhere"


def test_nothing_written_leaves_no_draft(alice: User) -> None:
    tab = uuid4()
    keep_draft(alice, None, writing("Something", tab=tab))

    keep_draft(alice, None, writing(" \n", tab=tab, edition=2))

    assert not Draft.objects.exists()


def test_its_attachments_belong_to_it_in_their_order_and_those_of_others_never(
    alice: User, ben: User, media: Path
) -> None:
    first, second, removed, bens = attached(alice), attached(alice), attached(alice), attached(ben)
    tab = uuid4()
    keep_draft(alice, None, writing("", tab=tab, attachment_ids=(first.pk, removed.pk)))

    keep_draft(alice, None, writing("", tab=tab, edition=2, attachment_ids=(second.pk, first.pk, bens.pk)))

    assert list(Draft.objects.get().attachments.all()) == [second, first]
    assert Attachment.objects.get(pk=removed.pk).draft is None
    assert Attachment.objects.get(pk=bens.pk).draft is None


def test_a_send_takes_its_draft_along_and_leaves_another(alice: User, media: Path) -> None:
    question, picture = sending("Sent"), attached(alice)
    keep_draft(alice, None, writing("Sent", client_id=question.client_id, attachment_ids=(picture.pk,)))
    turn = start_turn(alice, replace(question, attachment_ids=(picture.pk,)), None)
    keep_draft(alice, None, writing("Not sent"))

    assert start_turn(alice, replace(question, attachment_ids=(picture.pk,)), None) == turn

    assert text_of(alice) == "Not sent"
    assert list(turn.question.attachments.all()) == [picture]


def test_a_send_that_fails_keeps_the_draft(alice: User) -> None:
    question = sending("Sent", attachments=[uuid4()])
    keep_draft(alice, None, writing("Sent", client_id=question.client_id))

    with pytest.raises(UnknownAttachment):
        start_turn(alice, question, None)

    assert text_of(alice) == "Sent"


def test_what_was_sent_is_no_draft_again(alice: User) -> None:
    question = sending("Sent")
    start_turn(alice, question, None)

    with pytest.raises(AlreadySent):
        keep_draft(alice, None, writing("Sent", client_id=question.client_id))

    assert not Draft.objects.exists()


def test_a_save_that_crossed_its_send_is_not_shown_and_may_be_replaced(alice: User) -> None:
    question = sending("Sent")
    start_turn(alice, question, None)
    Draft.objects.create(person=alice, text="Sent", client_id=question.client_id, tab=uuid4(), edition=1)
    assert not Draft.objects.of(alice, None).unsent().exists()

    keep_draft(alice, None, writing("The next"))

    assert text_of(alice) == "The next"
