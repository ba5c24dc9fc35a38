"""Two web processes and two workers are one site."""

import json
from typing import Any
from urllib.request import urlopen

from tests.shapes.site import PATIENCE_S, Door, Shape, eventually
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, text


def test_an_answer_streams_to_a_window_of_another_process(shape: Shape, claude: Upstream) -> None:
    alice, (here, there) = shape.person(), shape.webs
    for web in shape.webs:
        eventually(lambda: facts_of(web)["checks"]["redis"] == "ok")  # noqa: B023
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("streams"), text("valley."), end()))

    with alice.window(here) as window:
        alice.ask(there)
        window.frame_with("What is a fjord?")
        window.frame_with("A drowned")
        claude.release("streams")
        news = window.frame_with("valley.")
        window.frame_with('data-state="complete"')

    assert '<div id="thread"' not in news

    assert alice.answer() == ("complete", "", "A drowned valley.")
    assert alice.attempts() == [(True, False)]


def test_a_stop_reaches_the_worker_from_any_process(shape: Shape, claude: Upstream) -> None:
    alice, (here, there) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned"), Hang()))

    with alice.window(here) as window:
        alice.ask(here)
        window.frame_with("A drowned")
        alice.stop(there)
        window.frame_with('data-state="stopped"')

    assert claude.requests[-1].gone.wait(PATIENCE_S)
    assert alice.answer() == ("stopped", "stopped", "A drowned")


def test_both_workers_answer(shape: Shape, claude: Upstream) -> None:
    """What one cannot take at once, the other one does; each turn goes to one of them."""
    alice = shape.person()
    for number in range(8):
        alice.ask(shape.webs[number % 2])
        eventually(lambda: alice.answer()[0] == "complete")

    assert alice.attempts() == [(True, False)] * 8


def test_a_web_process_is_ready_and_says_that_a_worker_lives(shape: Shape) -> None:
    for web in shape.webs:
        facts = facts_of(web)
        assert facts["status"] == "ok"
        assert (facts["checks"]["worker"], facts["checks"]["redis"]) == ("ok", "ok")


def facts_of(web: Door) -> Any:
    with urlopen(f"{web.address}/health/ready", timeout=PATIENCE_S) as response:  # noqa: S310
        return json.load(response)
