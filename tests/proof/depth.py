"""How far the proofs go: the same walks each time, and few; `PROOF=deep` walks new ways, twenty times as many."""

import os

from hypothesis import HealthCheck, Phase, settings

IS_DEEP = os.environ.get("PROOF") == "deep"
DEEPER = 20
IS_CI = os.environ.get("CI", "").lower() == "true"
CHAOS_S = float(os.environ.get("CHAOS_S") or (60 if IS_CI else 15))


def walks(number: int, *, steps: int) -> settings:
    return settings(
        max_examples=number * DEEPER if IS_DEEP else number,
        stateful_step_count=steps,
        derandomize=not IS_DEEP,
        database=None,
        deadline=None,  # a busy machine proves nothing about the design
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
