"""Whatever Claude sends, the loop comes back to the others within a moment, and the answer ends."""

from collections.abc import Iterator

import pytest

from tests.browser.site import Site
from tests.ops.pressed_site import MIB, Pressed
from tests.upstream import Gate, Reply, Upstream, begin, end, running_upstream, text

LAG_MS = 500  # we promise 100; a machine that is busy with other things may add the rest
ROW = "|" + "a|" * 5000 + "\n"
HOSTILE = {
    "10,000 deltas of one character": [text(character) for character in "abcdefghi " * 1000],
    "a line of a megabyte": [text("word " * 210_000)],
    "nested quotes": [text(">" * 100_000)],
    "open brackets": [text("[" * 100_000)],
    "a table of 5,000 columns": [text(ROW + ROW.replace("a", "-") + ROW * 20)],
    "a table of 60 columns": [text("|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n" + ("|" + "b|" * 60 + "\n") * 1500)],
    "backticks": [text("`" * 200_000)],
    "definitions": [text("[a]: b\n" * 15_000)],
    "a long list": [text("- item **bold** and `code`\n" * 9000 + "\n\nend")],
    "control characters": [text("\0\ud800\x01\x1b words ")],
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def pressed(upstream: Upstream, seeded: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressed]:
    folder = tmp_path_factory.mktemp("volume")
    settings = {"LAG_FILE": str(folder / "lag"), "LOG_FORMAT": "json"}
    site = Site(folder, upstream.base_url, settings, program=("-m", "tests.ops.lag_probe"))
    site.seed()
    site.start()
    yield Pressed(site)
    assert site.stop() == 0


@pytest.mark.parametrize("steps", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_answer_ends_and_does_not_hold_up_the_loop(
    pressed: Pressed, upstream: Upstream, steps: list[bytes]
) -> None:
    upstream.script(Reply.streaming(begin(), text("To begin. "), Gate(f"watched {id(steps)}"), *steps, end()))
    path = pressed.ask("alice")

    with pressed.window("alice", path) as window:
        window.frame_with("To begin.")
        pressed.forget_lag()
        upstream.release(f"watched {id(steps)}")
        window.frame_with('data-state="complete"')

    assert pressed.worst_lag_ms() < LAG_MS


@pytest.mark.parametrize("deltas", [[text("x" * 8 * MIB)], [text("word " * 2000)] * 300], ids=["at once", "endless"])
def test_an_answer_beyond_all_measure_is_stopped_and_what_came_is_kept(
    pressed: Pressed, upstream: Upstream, deltas: list[bytes]
) -> None:
    upstream.script(Reply.streaming(begin(), text("To begin. "), Gate(f"grows {id(deltas)}"), *deltas, end()))
    path = pressed.ask("alice")

    with pressed.window("alice", path) as window:
        window.frame_with("To begin.")
        before = pressed.memory_bytes()
        pressed.forget_lag()
        upstream.release(f"grows {id(deltas)}")
        frame = window.frame_with('data-state="failed"')
        held = pressed.memory_bytes() - before

    assert 'data-reason="too_large"' in frame
    assert "To begin." in frame
    assert held < 150 * MIB
    assert pressed.worst_lag_ms() < LAG_MS
