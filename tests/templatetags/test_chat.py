"""The words and small parts that templates use."""

from decimal import Decimal

import pytest
from django.template import Context, Template

from conversations.templatetags.chat import NO_AREA, REFUSAL_AREAS, dom_id, new_client_id, refusal_area, seconds, usd


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0"),
        ("0E-8", "$0"),
        ("0.00001234", "$0.000012"),
        ("0.01234", "$0.012"),
        ("0.5", "$0.50"),
        ("1", "$1.00"),
        ("1234.567", "$1,234.57"),
    ],
)
def test_small_amounts_keep_two_figures_and_large_ones_cents(amount: str, shown: str) -> None:
    assert usd(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "under 0.1 s"),
        (100, "0.1 s"),
        (840, "0.8 s"),
        (9_949, "9.9 s"),
        (9_950, "10 s"),
        (59_600, "1 min 0 s"),
        (125_000, "2 min 5 s"),
    ],
)
def test_a_duration_is_as_exact_as_anyone_reads_it(milliseconds: int, shown: str) -> None:
    assert seconds(milliseconds) == shown


def test_an_id_is_noun_key_part() -> None:
    assert dom_id("message", 42, "body") == "message-42-body"
    assert dom_id("message", 42) == "message-42"


def test_each_form_names_its_send_differently() -> None:
    assert new_client_id() != new_client_id()


def test_each_known_category_has_words_and_any_other_neutral_ones() -> None:
    assert "biology" in refusal_area("bio")
    known = {refusal_area(category) for category in REFUSAL_AREAS}
    assert len(known) == 5
    assert refusal_area("something_new") == refusal_area("") == NO_AREA
    assert NO_AREA not in known


def test_an_icon_is_for_the_eye_only() -> None:
    drawn = Template("{% load chat %}{% icon 'send' %}").render(Context())

    assert 'aria-hidden="true"' in drawn
    assert "img/icons.svg#send" in drawn
