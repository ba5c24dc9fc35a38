"""The news of one turn into the HTML of its next fragment. No queries: it runs on the event loop, often."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from django.utils.html import escape

from conversations.announce.sender import answer_began, part_began, thinking_ended, tool_ended
from conversations.announce.thread import dom_id_of_part, live_block
from conversations.announce.tools import is_request, is_result
from conversations.announce.views import NOTHING, PartView
from conversations.announce.waits import stands_in
from conversations.models.turns import BLOCK, CITATIONS, THOUGHT
from conversations.rendering.fragments import plain_text_grew, text_grew
from conversations.rendering.streaming import Growth, MarkdownStream
from conversations.turns.live import LivePart, LiveTurn
from conversations.turns.progress import Piece


def frame(live: LiveTurn, pieces: Sequence[Piece]) -> str:
    """The whole article with the first words; afterwards only what is new. Call it once for each saved piece."""
    if live.is_shown:
        return "".join(_grown(live, piece) for piece in pieces)
    live.is_shown = True
    parts: dict[str, PartView] = {}
    words = list(takewhile(lambda piece: piece.kind not in (BLOCK, THOUGHT), pieces))
    for piece in words:
        part = _part_of(live, piece) or _new_part(live, piece)
        _feed(live, part, piece)
        parts[part.dom_id] = _view(part, piece)
    began = replace(live.answer, state="streaming", parts=tuple(parts.values()), wait=None, stand_in=_stand_in(live))
    return answer_began(began) + "".join(_grown(live, piece) for piece in pieces[len(words) :])


def _stand_in(live: LiveTurn) -> str:
    waits = live.progress.waits
    return stands_in(live.answer.model, waits.next_model, waits.reason) if waits and waits.next_model else ""


def _grown(live: LiveTurn, piece: Piece) -> str:
    if piece.kind == BLOCK:
        return _block(live, piece)
    if piece.kind == THOUGHT:
        return thinking_ended(dom_id_of_part(live.answer.id, piece.index), int(piece.text))
    part = _part_of(live, piece)
    if part is None:
        part = _new_part(live, piece)
        _feed(live, part, piece)
        return part_began(live.answer.id, _view(part, piece))
    growth = _feed(live, part, piece)
    return plain_text_grew(f"{part.dom_id}-text", piece.text) if growth is None else text_grew(part.dom_id, growth)


def _part_of(live: LiveTurn, piece: Piece) -> LivePart | None:
    """The part that the piece belongs to: its block's own, or that of the text which its block goes on with."""
    part, before = live.parts.get(piece.index), live.parts.get(piece.index - 1)
    if part is None and piece.kind == "text" and before is not None and before.stream is not None:
        live.parts[piece.index] = part = before
    return part


def _new_part(live: LiveTurn, piece: Piece) -> LivePart:
    dom_id = dom_id_of_part(live.answer.id, piece.index)
    part = live.parts[piece.index] = LivePart(dom_id, None if piece.kind == "thinking" else MarkdownStream(dom_id))
    return part


def _feed(live: LiveTurn, part: LivePart, piece: Piece) -> Growth | None:
    if part.stream is None:
        return None
    if piece.kind == CITATIONS:
        return part.stream.feed(live.sources.marks_of([json.loads(line) for line in piece.text.splitlines()]))
    return part.stream.feed(piece.text)


def _view(part: LivePart, piece: Piece) -> PartView:
    if part.stream is None:
        return PartView(piece.kind, part.dom_id, escape(piece.text))
    return PartView("text", part.dom_id, NOTHING, part.stream.settled, part.stream.tail)


def _block(live: LiveTurn, piece: Piece) -> str:
    """A request of a tool is a row of its own; its result goes into that row."""
    block = json.loads(piece.text)
    if is_result(block) and block["tool_use_id"] in live.calls:
        index, request = live.calls[block["tool_use_id"]]
        results = {block["tool_use_id"]: block}
        return "".join(tool_ended(part) for part in live_block(dom_id_of_part(live.answer.id, index), request, results))
    if is_request(block):
        live.calls[block.get("id", "")] = piece.index, block
    parts = live_block(dom_id_of_part(live.answer.id, piece.index), block, {})
    return "".join(part_began(live.answer.id, part) for part in parts)
