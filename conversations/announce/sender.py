"""The only sender of Fragments. Each takes the revision that its change made, in the change's own transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from conversations.announce.consents import consents_of
from conversations.announce.refusals import refusal_view
from conversations.announce.thread import load_thread
from conversations.announce.views import MessageView, PartView, ThreadView, WaitView
from conversations.models import Conversation, Feedback, Message, RefusalEvent
from conversations.rendering.fragments import with_revision
from conversations.wire import topics


def send(conversation_id: UUID, revision: int, html: str) -> None:
    """To every window of the conversation. Only after the commit: a window must not see what may roll back."""
    topics.fragments.publish(topics.Fragment(revision, with_revision(revision, html)), key=conversation_id)


def announce_question(revision: int, question: MessageView, answer: MessageView, client_id: UUID) -> None:
    """Both bubbles go to every open window, the sender's too, once the transaction is through."""
    context = {"question": question, "answer": answer, "client_id": client_id}
    _announce_on_commit(answer.conversation_id, revision, "conversations/oob/question_appended.html", context)


def announce_other_answer(revision: int, answer: MessageView, *, replaced_id: int) -> None:
    context = {"answer": answer, "replaced_id": replaced_id}
    _announce_on_commit(answer.conversation_id, revision, "conversations/oob/answer_replaced.html", context)


def announce_title(conversation_id: UUID, revision: int, title: str) -> None:
    _announce_on_commit(conversation_id, revision, "conversations/oob/titled.html", {"title": title})


def announce_follow_ups(conversation_id: UUID, revision: int, answer_id: int, questions: Sequence[str]) -> None:
    context = {"message_id": answer_id, "questions": questions}
    _announce_on_commit(conversation_id, revision, "conversations/oob/follow_ups.html", context)


def announce_branch(conversation_id: UUID) -> None:
    """The thread shows other messages from now on, so every window gets its last page anew."""
    transaction.on_commit(lambda: topics.fragments.publish(snapshot(load_thread(conversation_id)), key=conversation_id))


def announce_report(answer: Message, event: RefusalEvent) -> None:
    """In the card of this answer, in every window. Call it in the transaction that saves the report."""
    context = {"message": answer, "refusal": refusal_view(event, event.usage)}
    _announce_part(answer, "conversations/oob/report_changed.html", context)


def announce_feedback(answer: Message, feedback: Feedback | None) -> None:
    """Beside this answer, in every window. Call it in the transaction that saves the feedback."""
    context = {"message": answer, "feedback": feedback}
    _announce_part(answer, "conversations/oob/feedback_changed.html", context)


def _announce_part(message: Message, template: str, context: dict[str, Any]) -> None:
    """A part of a message that stands as it is otherwise; the conversation's revision is advanced here."""
    key = message.conversation_id
    _announce_on_commit(key, Conversation.objects.advance_one(key), template, context)


def announce_consents(message_id: int, conversation_id: UUID, revision: int) -> None:
    """All calls that wait for the person's word now. Only after the commit, as `send`."""
    context = {"message_id": message_id, "consents": consents_of(message_id, conversation_id)}
    send(conversation_id, revision, render_to_string("conversations/oob/consents_changed.html", context))


def _announce_on_commit(conversation_id: UUID, revision: int, template: str, context: dict[str, Any]) -> None:
    transaction.on_commit(lambda: send(conversation_id, revision, render_to_string(template, context)))


def snapshot(thread: ThreadView) -> topics.Fragment:
    html = render_to_string("conversations/oob/snapshot.html", {"thread": thread})
    return topics.Fragment(thread.revision, with_revision(thread.revision, html))


def answer_began(message: MessageView) -> str:
    return render_to_string("conversations/oob/answer_began.html", {"message": message})


def part_began(message_id: int, part: PartView) -> str:
    return render_to_string("conversations/oob/part_began.html", {"message_id": message_id, "part": part})


def thinking_ended(dom_id: str, took_ms: int) -> str:
    return render_to_string("conversations/oob/thinking_ended.html", {"dom_id": dom_id, "took_ms": took_ms})


def tool_ended(part: PartView) -> str:
    return render_to_string("conversations/oob/tool_ended.html", {"part": part})


def message_settled(message: MessageView) -> str:
    return render_to_string("conversations/oob/message_settled.html", {"message": message})


def place_changed(message_id: int, wait: WaitView | None, *, is_news: bool) -> str:
    """`is_news` has it read out; a place that only moved on is not."""
    context = {"message_id": message_id, "wait": wait, "is_news": is_news}
    return render_to_string("conversations/oob/place_changed.html", context)


def retry_waits(message_id: int, wait: WaitView) -> str:
    return render_to_string("conversations/oob/retry_waits.html", {"message_id": message_id, "wait": wait})
