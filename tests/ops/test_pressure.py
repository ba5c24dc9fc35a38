"""Windows that do not read, and windows that shout: each costs little and hurts nobody else."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.browser.site import Site
from tests.ops.asking import PATIENCE_S, eventually
from tests.ops.pressed_site import KIB, MIB, Pressed, close_frame, was_dropped
from tests.upstream import Gate, Reply, Upstream, begin, end, text

SILENT = 8
CODE = "```python\n" + "1 " * 490 + "\n```\n\n"  # ten times as long once it is coloured


@pytest.fixture
def pressed(upstream: Upstream, seeded: Site, prepared: Path, tmp_path: Path) -> Iterator[Pressed]:
    settings = {"LAG_FILE": str(tmp_path / "lag"), "LOG_FORMAT": "json"}
    program = ("-m", "tests.ops.lag_probe")
    site = Site(prepared, upstream.base_url, settings, sessions=seeded.sessions, program=program)
    site.start()
    yield Pressed(site)
    site.kill()


def test_windows_that_do_not_read_are_cut_and_cost_little(pressed: Pressed, upstream: Upstream) -> None:
    upstream.script(
        Reply.streaming(begin(), text("To begin. "), Gate("watched"), *[text(CODE)] * 240, Gate("cut"), end())
    )
    path = pressed.ask("alice")

    with ExitStack() as sockets, pressed.window("alice", path) as reading:
        reading.frame_with("To begin.")
        before = pressed.memory_bytes()
        silent = [sockets.enter_context(pressed.silent_window("alice", path)) for _ in range(SILENT)]
        upstream.release("watched")
        eventually(lambda: pressed.has_said("socket too slow") == SILENT)
        held = pressed.memory_bytes() - before
        eventually(lambda: all(map(was_dropped, silent)))
        assert reading.connection.ping().wait(PATIENCE_S)

    assert held < 60 * MIB, held / MIB
    assert all('<div id="thread"' not in frame for frame in reading.frames[1:])


def test_a_window_that_reads_again_in_time_is_told_that_it_was_too_slow(pressed: Pressed, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("To begin. "), Gate("watched"), *[text(CODE)] * 240, end()))
    path = pressed.ask("alice")

    with pressed.silent_window("alice", path) as slow:
        upstream.release("watched")
        eventually(lambda: pressed.has_said("socket too slow"))
        assert _rest_of(slow).endswith(close_frame(4408))
    with pressed.window("alice", path) as again:
        again.frame_with('<div id="thread"')


@pytest.mark.parametrize(("frame", "code"), [("x" * 5 * KIB, 1009), (b"\0\1", 1003)], ids=["too big", "binary"])
def test_a_frame_that_nobody_expects_closes_its_socket_alone(pressed: Pressed, frame: str | bytes, code: int) -> None:
    path = pressed.ask("alice")

    with pressed.window("alice", path) as other, pressed.window("alice", path) as strange:
        strange.frame_with('<div id="thread"')
        strange.connection.send(frame)
        assert strange.closed_with() == code
        other.frame_with('data-state="complete"')
        other.connection.send("not JSON: {")
        other.connection.ping().wait()


def test_a_window_that_shouts_is_closed_and_the_others_hear_their_answer(pressed: Pressed, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("To begin. "), Gate("shouted"), text("The end."), end()))
    path = pressed.ask("alice")

    with pressed.window("alice", path) as other, pressed.window("alice", path) as loud:
        other.frame_with("To begin.")
        with suppress(ConnectionClosed):
            for _ in range(1000):
                loud.connection.send('{"up": 1}')
        assert loud.closed_with() == 4429
        upstream.release("shouted")
        other.frame_with("The end.")

    assert pressed.has_said("socket closed") == 1


def test_of_fifty_windows_of_one_person_those_beyond_twenty_are_refused(pressed: Pressed) -> None:
    path = pressed.ask("alice")

    with ExitStack() as windows, pressed.window("ben", pressed.ask("ben")) as bens:
        opened = [windows.enter_context(pressed.window("alice", path)) for _ in range(50)]
        for window in opened[:20]:
            window.frame_with('<div id="thread"')
        assert [window.closed_with() for window in opened[20:]] == [4429] * 30
        bens.frame_with('data-state="complete"')


def test_without_file_descriptors_new_connections_are_refused_and_open_windows_live(pressed: Pressed) -> None:
    path = pressed.ask("alice")

    with pressed.window("alice", path) as window:
        window.frame_with('data-state="complete"')
        most = len(list(Path(f"/proc/{pressed.pid}/fd").iterdir())) + 20
        resource.prlimit(pressed.pid, resource.RLIMIT_NOFILE, (most, most))
        with ExitStack() as crowd:
            for _ in range(60):
                crowd.enter_context(socket.create_connection(("127.0.0.1", pressed.site.port)))
            with pytest.raises(OSError, match=r"reset|closed|refused|timed out"):
                pressed.site_is_live()
            assert window.connection.ping().wait(PATIENCE_S)
        eventually(pressed.can_answer)
        pressed.ask("alice", path)
        window.frame_with('data-state="complete"')


def _rest_of(slow: socket.socket) -> bytes:
    rest = b""
    while piece := slow.recv(64 * KIB):
        rest += piece
        if rest.endswith(close_frame(4408)):
            break
    return rest
