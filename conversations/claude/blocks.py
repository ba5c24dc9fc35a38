"""One content block between its start and its end."""

from typing import Any

import orjson

from .events import Block, TextArrived, ThinkingArrived

# Whatever else arrives is kept as it began, and noted, so that the page can say that it cannot show it.
KNOWN_BLOCKS = frozenset(
    {
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "server_tool_use",
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "container_upload",
    }
)


class OpenBlock:
    """Gathers the deltas of one block. Raises KeyError or TypeError for a shape that is not the API's."""

    __slots__ = ("_block", "_json", "_texts", "_words_key", "arrived", "began", "first_words", "tool_input_incomplete")

    def __init__(self, block: Block) -> None:
        self._words_key = block["type"] if block["type"] in ("text", "thinking") else ""
        self.arrived = TextArrived if self._words_key == "text" else ThinkingArrived
        self.first_words: str = text(block.get(self._words_key) or "") if self._words_key else ""
        self.tool_input_incomplete = False
        self._block = {**block, self._words_key: ""} if self._words_key else block
        self.began: Block = dict(self._block)
        self._texts: list[str] = []
        self._json: list[str] = []

    def words_of(self, delta: dict[str, Any]) -> str | None:
        """The words of a delta of this block's own kind, None for any other delta. The hot path."""
        if self._words_key and delta["type"] == self._words_key + "_delta":
            return text(delta[self._words_key])
        return None

    def add_words(self, words: str) -> None:
        self._texts.append(words)

    def take(self, delta: dict[str, Any]) -> int | None:
        """Characters that a delta without words for the page has added; None for a kind that we do not know."""
        match delta["type"]:
            case "input_json_delta":
                self._json.append(text(delta["partial_json"]))
                return len(delta["partial_json"])
            case "signature_delta":
                self._block["signature"] = self._block.get("signature", "") + delta["signature"]
            case "citations_delta":
                self._block["citations"] = [*(self._block.get("citations") or []), delta["citation"]]
            case _:
                return None
        return 0

    def whole(self) -> Block:
        if self._words_key:
            self._block[self._words_key] = "".join(self._texts)
        if self._json:
            try:
                self._block["input"] = orjson.loads("".join(self._json) or "{}")
            except ValueError:
                # Cut off by max_tokens. The input stays empty, and nobody may run the tool on it.
                self.tool_input_incomplete = True
        return self._block


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
