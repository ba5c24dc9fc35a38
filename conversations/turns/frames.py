"""The news of one turn into the HTML of its next fragment. No queries: it runs on the event loop, often."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.html import escape

from conversations.announce.sender import answer_began, part_began
from conversations.announce.thread import dom_id_of_part
from conversations.announce.views import NOTHING, PartView
from conversations.announce.waits import stands_in
from conversations.rendering.fragments import plain_text_grew, text_grew
from conversations.rendering.streaming import MarkdownStream
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece


def frame(live: LiveTurn, pieces: Sequence[Piece]) -> str:
    """The whole article with the first words; afterwards only what is new. Call it once for each saved piece."""
    if not live.is_shown:
        live.is_shown = True
        parts = tuple(_new_part(live, piece) for piece in pieces)
        return answer_began(replace(live.answer, state="streaming", parts=parts, wait=None, stand_in=_stand_in(live)))
    return "".join(_grown(live, piece) for piece in pieces)


def _stand_in(live: LiveTurn) -> str:
    waits = live.progress.waits
    return stands_in(live.answer.model, waits.next_model) if waits and waits.next_model else ""


def _grown(live: LiveTurn, piece: Piece) -> str:
    if piece.index not in live.streams:
        return part_began(live.answer.id, _new_part(live, piece))
    part_id = dom_id_of_part(live.answer.id, piece.index)
    stream = live.streams[piece.index]
    if stream is None:
        return plain_text_grew(f"{part_id}-text", piece.text)
    return text_grew(part_id, stream.feed(piece.text))


def _new_part(live: LiveTurn, piece: Piece) -> PartView:
    part_id = dom_id_of_part(live.answer.id, piece.index)
    if piece.kind != "text":
        live.streams[piece.index] = None
        return PartView(piece.kind, part_id, escape(piece.text))
    stream = live.streams[piece.index] = MarkdownStream(part_id)
    stream.feed(piece.text)
    return PartView(piece.kind, part_id, NOTHING, stream.settled, stream.tail)
