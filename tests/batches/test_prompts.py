"""A file of prompts is read, or every line says what is wrong with it."""

import csv
import io
import json

import pytest

from conversations.batches.estimate import estimated
from conversations.batches.prompts import MOST_PROMPTS, SAMPLE, BadFile, Prompt, read_prompts
from conversations.claude import catalogue
from conversations.claude.cards import ModelCard
from tests.usage.attempts import HAIKU, OPUS

SMALL = ModelCard("small", "Small", context_tokens=2000)


def read(data: str | bytes, *, is_jsonl: bool = False, model: ModelCard = SMALL) -> list[Prompt]:
    return read_prompts(
        data.encode() if isinstance(data, str) else data, is_jsonl=is_jsonl, model=model, max_tokens=500
    )


def faults(data: str | bytes, *, is_jsonl: bool = False) -> list[str]:
    with pytest.raises(BadFile) as raised:
        read(data, is_jsonl=is_jsonl)
    return raised.value.faults


def test_a_csv_is_read_whatever_stands_between_its_columns() -> None:
    expected = [Prompt("Why, and how?", system="Be brief.", key="a"), Prompt("Two\nlines", key="b")]

    for separator in ",;\t":
        lines = io.StringIO()
        writer = csv.writer(lines, delimiter=separator)
        writer.writerows([["ID", "Prompt", "system"], ["a", "Why, and how?", "Be brief."], ["b", "Two\nlines"], []])
        assert read(b"\xef\xbb\xbf" + lines.getvalue().encode()) == expected


def test_jsonl_is_read() -> None:
    assert read('{"prompt": "One\\u2028line"}\n\n{"id": "b", "prompt": "Two"}\n', is_jsonl=True) == [
        Prompt("One\u2028line"),
        Prompt("Two", key="b"),
    ]


def test_the_samples_are_files_that_can_be_read() -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(SAMPLE[0]))
    writer.writeheader()
    writer.writerows(SAMPLE)

    expected = [Prompt(row["prompt"], row["system"], row["id"]) for row in SAMPLE]
    assert read(text.getvalue()) == expected
    assert read("\n".join(map(json.dumps, SAMPLE)), is_jsonl=True) == expected


@pytest.mark.parametrize(
    ("data", "is_jsonl", "fault"),
    [
        ("", False, "Line 1: no column “prompt”. The first line must name the columns: id, system, prompt."),
        ("question\nWhy?\n", False, "Line 1: no column “prompt”."),
        ("prompt\n", False, "The file holds no prompts."),
        ("", True, "The file holds no prompts."),
        ('id,prompt\na,"One\ntwo"\nb,\n', False, "Line 4: the prompt is empty."),
        ("prompt\nWhy, then?\n", False, "Line 2: 2 cells for 1 columns. Put texts with a separator in double quotes."),
        ('prompt\n"Why" not?\n', False, "Line 2: not CSV:"),
        ('prompt\n"Why\n', False, "Line 2: not CSV:"),
        (b"prompt\nWhy?\nCaf\xe9\n", False, "Line 3: not UTF-8. Save the file as UTF-8, then try again."),
        (f"prompt\n{'word ' * 1000}\n", False, "Line 2: about 1,679 tokens, and with its longest answer the model"),
        (f"id,prompt\n{'x' * 65},Why?\n", False, "Line 2: the id is longer than 64 characters."),
        ("prompt\nWhy\0?\n", False, "Line 2: there is a NUL character in it"),
        ("{", True, "Line 1: not JSON:"),
        ('{"prompt": "\\ud800"}', True, "Line 1: not JSON:"),
        ('"Why?"', True, 'Line 1: not an object such as {"prompt": "…"}.'),
        ('{"prompt": ["Why?"]}', True, "Line 1: “prompt” is not a text."),
        ('{"prompt": "Why?"}\n{"promt": "Why?"}', True, "Line 2: the prompt is empty."),
        ("prompt\n" + "Why?\n" * (MOST_PROMPTS + 1), False, "The file holds more than 10,000 prompts."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(data: str | bytes, is_jsonl: bool, fault: str) -> None:
    assert faults(data, is_jsonl=is_jsonl)[0].startswith(fault)


def test_many_faults_are_counted_beyond_the_first() -> None:
    with pytest.raises(BadFile) as raised:
        read("id,prompt\n" + "a,\n" * 30)

    assert (len(raised.value.faults), raised.value.more) == (20, 10)
    assert raised.value.faults[-1].startswith("Line 21:")


def test_an_estimate_is_at_half_the_price() -> None:
    told = estimated([500_000, 500_000], catalogue.card(OPUS), 1000)

    assert (told.prompts, told.input_tokens, told.most_output_tokens) == (2, 1_000_000, 2000)
    assert (f"{told.input_usd:.2f}", f"{told.most_usd:.2f}") == ("2.00", "2.02")


def test_a_long_prompt_is_estimated_by_itself() -> None:
    haiku = catalogue.card(HAIKU)

    assert estimated([60_000, 60_000], haiku, 1).input_usd < estimated([120_000], haiku, 1).input_usd
