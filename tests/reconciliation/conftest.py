"""A vendor with books of its own, and the key to look into them."""

from datetime import date
from typing import Any

import pytest

from tests.upstream import Upstream
from tests.upstream.bill import ADMIN_KEY, Bill
from tests.usage.attempts import BEGAN_AT

DAY: date = BEGAN_AT.date()


@pytest.fixture
def bill(upstream: Upstream, settings: Any) -> Bill:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_ADMIN_KEY = "anthropic", ADMIN_KEY
    return upstream.bill
