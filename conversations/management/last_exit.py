"""The end of a process that cannot end by itself: a thread that hangs, say in a lock of the database."""

import os
import threading

from django.conf import settings

EXIT_WITHIN_S = 1.0  # after draining


def exit_in_time() -> None:
    """From now on the process lives for DRAIN_S and a second at most."""
    last_exit = threading.Timer(settings.DRAIN_S + EXIT_WITHIN_S, os._exit, args=(1,))
    last_exit.daemon = True
    last_exit.start()
