"""An admin's file of prompts, read into rows. Pure: bytes in, prompts or every line's fault out."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from conversations.claude.cards import ModelCard
from conversations.claude.counts import estimated_tokens
from conversations.models.batches import KEY_LENGTH

MOST_PROMPTS = 10_000
MOST_FILE_BYTES = 20 * 1024 * 1024
MOST_FAULTS = 20  # told at once; there is a next time
COLUMNS = ("id", "system", "prompt")
FRAME_TOKENS = 12  # what stands around a prompt
SAMPLE = (
    {"id": "fjord", "system": "Answer in one sentence.", "prompt": "What is a fjord?"},
    {"id": "tide", "system": "", "prompt": "Why are there two tides a day?"},
)

csv.field_size_limit(MOST_FILE_BYTES)  # for the whole process, whose only reader of CSV this is


@dataclass(frozen=True, slots=True)
class Prompt:
    """`key` is the person's own name for it, "" for none."""

    prompt: str
    system: str = ""
    key: str = ""

    @property
    def tokens(self) -> int:
        return input_tokens(len(self.prompt) + len(self.system))


class BadFile(Exception):
    """`faults` are sentences, each with its line; `more` is how many others there are."""

    def __init__(self, faults: list[str], more: int = 0) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
        self.more = more


def input_tokens(chars: int) -> int:
    """By estimate."""
    return estimated_tokens(chars) + FRAME_TOKENS


def read_prompts(data: bytes, *, is_jsonl: bool, model: ModelCard, max_tokens: int) -> list[Prompt]:
    """The prompts of the file, in its order. Raises BadFile with what is wrong with it, line by line."""
    if len(data) > MOST_FILE_BYTES:
        raise BadFile([f"The file is larger than {MOST_FILE_BYTES // 2**20} MB. Cut it into several."])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile([f"Line {line}: not UTF-8. Save the file as UTF-8, then try again."]) from error
    room = model.context_tokens - max_tokens
    prompts: list[Prompt] = []
    faults: list[str] = []
    for line, row in islice(_json_rows(text) if is_jsonl else _csv_rows(text), MOST_PROMPTS + 1):
        fault = row if isinstance(row, str) else _fault(row, room)
        if fault:
            faults.append(f"Line {line}: {fault}")
        elif not isinstance(row, str):
            prompts.append(Prompt(row["prompt"], row["system"], row["id"]))
    if faults:
        raise BadFile(faults[:MOST_FAULTS], max(0, len(faults) - MOST_FAULTS))
    if not prompts:
        raise BadFile(["The file holds no prompts. It needs a column “prompt” with one prompt a row."])
    if len(prompts) > MOST_PROMPTS:
        raise BadFile([f"The file holds more than {MOST_PROMPTS:,} prompts. Cut it into several."])
    return prompts


def _fault(row: Mapping[str, str], room: int) -> str:
    """What keeps this row from being a prompt."""
    tokens = Prompt(row["prompt"], row["system"]).tokens
    if not row["prompt"].strip():
        return "the prompt is empty."
    if len(row["id"]) > KEY_LENGTH:
        return f"the id is longer than {KEY_LENGTH} characters."
    if any("\0" in value for value in row.values()):
        return "there is a NUL character in it, which no text may hold."
    if tokens > room:
        return f"about {tokens:,} tokens, and with its longest answer the model takes {max(0, room):,}."
    return ""


Row = tuple[int, dict[str, str] | str]  # the number of its line, and its columns or what is wrong with it


def _csv_rows(text: str) -> Iterator[Row]:
    """Separated by commas, semicolons or tabs, whichever the head of the file says."""
    head = text.partition("\n")[0]
    separator = next((each for each in ",;\t" if "prompt" in _names(head.split(each))), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = _names(next(reader, []))
    except csv.Error as error:
        yield 1, f"not CSV: {error}."
        return
    if "prompt" not in names:
        yield 1, f"no column “prompt”. The first line must name the columns: {', '.join(COLUMNS)}."
        return
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not CSV: {error}."
            return
        if len(cells) > len(names):
            yield line, f"{len(cells)} cells for {len(names)} columns. Put texts with a separator in double quotes."
        elif any(cell.strip() for cell in cells):
            yield line, _columns(dict(zip(names, cells, strict=False)))


def _json_rows(text: str) -> Iterator[Row]:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            row = orjson.loads(written)
        except orjson.JSONDecodeError as error:
            yield line, f"not JSON: {error}."
            continue
        yield line, _checked(row)


def _checked(row: Any) -> dict[str, str] | str:
    if not isinstance(row, dict):
        return 'not an object such as {"prompt": "…"}.'
    wrong = [name for name in COLUMNS if not isinstance(row.get(name, ""), str)]
    return f"“{wrong[0]}” is not a text." if wrong else _columns(row)


def _columns(row: Mapping[str, str]) -> dict[str, str]:
    return {"prompt": row.get("prompt", ""), "system": row.get("system", ""), "id": row.get("id", "").strip()}


def _names(cells: Iterable[str]) -> list[str]:
    return [cell.strip().strip('"').lower() for cell in cells]
