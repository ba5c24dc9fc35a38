"""The stand-in at full speed, below the real SDK."""

from collections.abc import AsyncIterator

import pytest
from pytest_django import Settings

from conversations.claude.client import close_client
from conversations.demo.transport import DemoTransport


@pytest.fixture(autouse=True)
async def demo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    settings.CLAUDE_TRANSPORT = "conversations.demo.transport.DemoTransport"
    settings.ANTHROPIC_API_KEY = settings.ANTHROPIC_BASE_URL = ""
    monkeypatch.setattr(DemoTransport, "deltas_per_s", 0)
    await close_client()  # a stand-in without memories of other tests
    yield
    await close_client()
