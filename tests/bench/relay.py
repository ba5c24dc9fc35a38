"""The bare relay, the reference of every figure: what daphne, Channels and the SDK cost by themselves.

It passes each delta on in a frame of its own: no database, no rendering, no journal. `daphne tests.bench.relay:app`.
"""

from anthropic import AsyncAnthropic
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

settings.configure(CHANNEL_LAYERS={}, DATABASES={})
claude = AsyncAnthropic(max_retries=0)
END = "\0"


class Relay(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        async with claude.messages.stream(
            model="claude-opus-5-5",
            max_tokens=64_000,
            messages=[{"role": "user", "content": text_data or ""}],
        ) as events:
            async for event in events:
                if event.type == "text":
                    await self.send(text_data=event.text)
        await self.send(text_data=END)


app = Relay.as_asgi()
