"""The only sender of Fragments. Each takes the revision that its change made, in the change's own transaction."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from conversations.announce.views import MessageView, PartView, ThreadView, WaitView
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


def _announce_on_commit(conversation_id: UUID, revision: int, template: str, context: dict[str, Any]) -> None:
    transaction.on_commit(lambda: send(conversation_id, revision, render_to_string(template, context)))


def snapshot(thread: ThreadView) -> topics.Fragment:
    html = render_to_string("conversations/oob/snapshot.html", {"thread": thread})
    return topics.Fragment(thread.revision, with_revision(thread.revision, html))


def answer_began(message: MessageView) -> str:
    return render_to_string("conversations/oob/answer_began.html", {"message": message})


def part_began(message_id: int, part: PartView) -> str:
    return render_to_string("conversations/oob/part_began.html", {"message_id": message_id, "part": part})


def message_settled(message: MessageView) -> str:
    return render_to_string("conversations/oob/message_settled.html", {"message": message})


def retry_waits(message_id: int, wait: WaitView) -> str:
    return render_to_string("conversations/oob/retry_waits.html", {"message_id": message_id, "wait": wait})
