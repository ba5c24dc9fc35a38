"""Afterwards: whether rows, pages, sockets, export, ledger and Claude's own record tell one story."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from tests.live.page import OpenPage
from tests.proof.chaos.people import Guest
from tests.shapes.site import Shape
from tests.upstream import Request

ENDS = {"complete", "stopped", "refused", "failed"}
ALL_TURNS = """
    SELECT turn.id, turn.status, answer.state, answer.reason, answer.content, question.content
    FROM conversations_turn turn
    JOIN conversations_message answer ON answer.id = turn.answer_id
    JOIN conversations_message question ON question.id = turn.question_id
    WHERE turn.conversation_id = %s ORDER BY turn.id
"""
ALL_MESSAGES = "SELECT id, role, state, content FROM conversations_message WHERE conversation_id = %s ORDER BY position"
ALL_ATTEMPTS = """
    SELECT turn_id, attempt, request_id, input_tokens, output_tokens, stop_reason, reason, billed, estimated
    FROM conversations_usageentry WHERE conversation_id = %s ORDER BY turn_id, attempt
"""


@dataclass(frozen=True)
class Attempt:
    turn: int
    number: int
    request_id: str
    input_tokens: int
    output_tokens: int
    stop_reason: str
    reason: str
    billed: bool
    estimated: bool

    @property
    def is_guess(self) -> bool:
        """Whether nobody can know if the request reached Claude: its worker died, or it was cut off, as it left."""
        return self.reason in ("interrupted", "stopped") and not self.request_id


@dataclass(frozen=True)
class Answered:
    turn: int
    status: str
    state: str
    reason: str
    text: str
    question: str


class Verdict:
    """Of one conversation."""

    def __init__(self, shape: Shape, guest: Guest, requests: Sequence[Request]) -> None:
        self._guest = guest
        self.messages = [(*row[:3], _text(row[3])) for row in shape.rows(ALL_MESSAGES, guest.conversation)]
        turns = shape.rows(ALL_TURNS, guest.conversation)
        self.turns = [
            Answered(turn, status, state, reason, _text(answer), _text(question))
            for turn, status, state, reason, answer, question in turns
        ]
        self.attempts = [Attempt(*row) for row in shape.rows(ALL_ATTEMPTS, guest.conversation)]
        self.requests = [request for request in requests if request.last_user_text.startswith(f"{guest.name} asks")]

    def __str__(self) -> str:
        ends = dict(Counter(turn.reason or turn.status for turn in self.turns))
        return f"{ends}, {len(self.requests)} requests, {self._guest.server_errors} error pages"

    def each_question_is_there_once(self) -> None:
        asked = [text for _, role, _, text in self.messages if role == "user"]
        assert asked == self._guest.asked

    def each_turn_has_one_end(self) -> None:
        for turn in self.turns:
            assert turn.status in ENDS
            assert turn.state == turn.status
            assert turn.reason != "internal", turn

    def nothing_that_was_seen_is_missing(self) -> None:
        kept = {pk: _words(text) for pk, _, _, text in self.messages}
        for pk, seen in self._guest.seen.items():
            assert kept[pk].startswith(seen), (pk, seen, kept[pk])

    def everybody_is_shown_the_same(self) -> None:
        """A fresh page, the window that was open all the time, a snapshot, the export and the rows."""
        fresh = OpenPage(self._guest.get(""))
        snapshot = OpenPage(self._guest.get(""))
        with self._guest.socket() as socket:
            snapshot.receive(str(socket.recv(timeout=30)))
        assert self._guest.page
        assert fresh.thread == snapshot.thread, _unlike(fresh.thread, snapshot.thread)
        assert fresh.thread == self._guest.page.thread, _unlike(fresh.thread, self._guest.page.thread)
        assert fresh.action == snapshot.action == self._guest.page.action

        rows = {pk: (role, state, _words(text)) for pk, role, state, text in self.messages}
        shown = {pk: (each.role, each.state, each.text) for pk, each in fresh.messages.items()}
        assert shown.items() <= rows.items()
        exported = json.loads(self._guest.get("export/?format=json"))["messages"]
        assert [(each["id"], each["role"], each["state"], each["text"]) for each in exported] == self.messages

    def answers_are_what_claude_said(self) -> None:
        """Letter for letter when they are complete; otherwise as much of it as had arrived."""
        said = {request.answered_as: request.said for request in self.requests}
        for turn in self.turns:
            attempts = [attempt for attempt in self.attempts if attempt.turn == turn.turn]
            if turn.status in ("complete", "refused"):
                assert turn.text == said[attempts[-1].request_id], turn
            elif turn.text:
                assert said[attempts[-1].request_id].startswith(turn.text), turn

    def each_request_is_booked_once(self) -> None:
        """By the name that Claude gave it; one that got no answer has none, and is counted with its question.

        One that was sent as its worker died, or as somebody stopped it, is booked whether it arrived or not.
        """
        booked = [attempt.request_id for attempt in self.attempts if attempt.request_id]
        assert len(set(booked)) == len(booked)
        assert set(booked) <= {request.answered_as for request in self.requests}

        question = {turn.turn: turn.question for turn in self.turns}
        rows = Counter(question[attempt.turn] for attempt in self.attempts)
        maybe = Counter(question[attempt.turn] for attempt in self.attempts if attempt.is_guess)
        asked = Counter(request.last_user_text for request in self.requests)
        unbooked, unasked = asked - rows, rows - asked - maybe
        told = [each for each in self.attempts if question[each.turn] in unbooked | unasked]
        assert not unbooked, (unbooked, told)
        assert not unasked, (unasked, told)

    def tokens_are_those_that_claude_reported(self) -> None:
        requests = {request.answered_as: request for request in self.requests}
        for attempt in self.attempts:
            if attempt.stop_reason:
                reported = requests[attempt.request_id].reported
                assert not attempt.estimated
                assert (attempt.input_tokens, attempt.output_tokens) == (reported.input_tokens, reported.output_tokens)
            else:
                assert attempt.estimated == attempt.billed


def _unlike(one: list[str], other: list[str]) -> str:
    return "\n".join(unified_diff(one, other, lineterm="", n=0))


def _text(content: list[dict[str, Any]]) -> str:
    return "\n\n".join(block["text"] for block in content if block["type"] == "text")


def _words(text: str) -> str:
    return " ".join(text.split())
