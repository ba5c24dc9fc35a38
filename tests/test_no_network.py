import socket

import pytest


def test_a_test_cannot_leave_this_machine() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match="play a scene instead"):
        outward.connect(("192.0.2.1", 443))
