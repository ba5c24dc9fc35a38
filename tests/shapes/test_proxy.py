"""The example for nginx: sockets pass, answers stream, and a process that dies is not missed."""

import signal
from pathlib import Path
from urllib.request import urlopen

from tests.shapes.nginx import nginx_before
from tests.shapes.site import PATIENCE_S, Shape
from tests.upstream import Gate, Reply, Upstream, begin, end, text


def test_an_answer_streams_through_the_proxy(shape: Shape, claude: Upstream, tmp_path: Path) -> None:
    alice = shape.person()
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("proxied"), text("valley."), end()))

    with nginx_before(shape.webs, tmp_path) as nginx, alice.window(nginx) as window:
        alice.ask(nginx)
        window.frame_with("A drowned")
        claude.release("proxied")
        window.frame_with("valley.")


def test_when_a_web_process_dies_the_other_one_answers(shape: Shape, claude: Upstream, tmp_path: Path) -> None:
    alice = shape.person()

    with nginx_before(shape.webs, tmp_path) as nginx:
        shape.webs[0].signal(signal.SIGKILL)
        shape.webs[0].end()
        for _ in range(4):
            with urlopen(f"{nginx.address}/accounts/login/", timeout=PATIENCE_S) as response:  # noqa: S310
                assert response.status == 200
        with alice.window(nginx) as window:
            alice.ask(nginx)
            window.frame_with('data-state="complete"')
