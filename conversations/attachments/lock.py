"""The lock of the cage: a program in it runs this before it reads the first untrusted byte.

Such a program runs alone, so this imports neither Django nor its neighbours, and is run by path instead of imported.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

OPEN_FILES = 16


def lock(memory_bytes: int, cpu_s: int, *, may_thread: bool = False) -> None:
    """Give up rights. `may_thread` is for decoders that cannot do without threads: a limit would count those of the
    whole account, the server's too.
    """
    with suppress(OSError):  # Linux only: when the machine runs out of memory, this process goes, not the server
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(5)  # answers that stream come first
    limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)
    limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    for forbidden in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        limit(forbidden, 0)
    if not may_thread:
        limit(resource.RLIMIT_NPROC, 0)
    try:
        limit(resource.RLIMIT_AS, memory_bytes)
    except ValueError:
        if sys.platform != "darwin":  # which maps more than this before main(); there caps on the content must do
            raise


def limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that the machine has set lower still stays."""
    most = resource.getrlimit(kind)[1]
    wanted = (soft, soft if hard is None else hard)
    resource.setrlimit(kind, wanted if most == resource.RLIM_INFINITY else (min(soft, most), min(wanted[1], most)))
