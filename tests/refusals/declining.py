"""Turns that Claude declined: asked as a person asks, ended as the worker ends them."""

from uuid import uuid4

from django.test import Client

from conversations.claude.events import Refused, TokenCounts
from conversations.models import Conversation, Turn, TurnStatus
from conversations.turns.finish import Ending, finish
from tests.usage.attempts import attempt

HTMX = {"HX-Request": "true"}
WORDS = [{"type": "text", "text": "A drowned"}]


def asked(client: Client, text: str = "What is a fjord?", chat: Conversation | None = None, **fields: object) -> Turn:
    address = f"/c/{chat.pk}/messages/" if chat else "/messages/"
    response = client.post(address, {"text": text, "client_id": str(uuid4()), **fields}, headers=HTMX)
    assert response.status_code == 204, response.text
    return Turn.objects.latest("pk")


def declined(turn: Turn, *, category: str = "cyber", billed: bool = False, after_text: bool = False) -> Turn:
    ended = attempt(TokenCounts(input=1000), model=turn.model, stop_reason="refusal", billed=billed)
    refused = Refused(category, None, after_text=after_text)
    content = WORDS if after_text else []
    finish(turn.pk, Ending(TurnStatus.REFUSED, "refusal", "", content, (ended,), refused, turn.model), fence=0)
    turn.refresh_from_db()
    return turn


def answered(turn: Turn) -> Turn:
    ending = Ending(TurnStatus.COMPLETE, "", "", WORDS, (attempt(model=turn.model),), None, turn.model)
    finish(turn.pk, ending, fence=0)
    turn.refresh_from_db()
    return turn
