"""Answer turns in a process without HTTP: one of several workers, beside `serve --no-worker`."""

import asyncio
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from conversations.chores import keeper as chores
from conversations.management import memory, preparation
from conversations.management.commands.serve import mode
from conversations.management.last_exit import exit_in_time
from conversations.management.shapes import require_shared
from conversations.management.work import LOOKS
from conversations.roster import keeper
from conversations.turns import worker
from conversations.wire import link

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Answer turns until SIGTERM or Ctrl-C, then let running answers end (DRAIN_S) and exit."

    def handle(self, *args: Any, **options: Any) -> None:
        require_shared("run_turns")
        preparation.claim_data_dir()
        preparation.require_prepared()
        asyncio.run(self.answer())

    async def answer(self) -> None:
        told_to_stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        await link.join(settings.REDIS_URL, hearing=link.FOR_WORKERS)
        try:
            await keeper.start(asks_api=True)
            await worker.start()
            chores.start(*LOOKS)
        except Exception as error:
            log.exception("worker did not start")
            raise CommandError(f"The turn worker did not start: {type(error).__name__}.") from error
        memory.settle()
        self.stdout.write("Chatsite answers turns  (Ctrl-C stops it)")
        self.stdout.write(mode())
        self.stdout.flush()
        await told_to_stop.wait()
        log.info("worker stops", extra={"drain_s": settings.DRAIN_S})
        exit_in_time()
        await chores.stop()
        await worker.drain(settings.DRAIN_S)
        await keeper.stop()
        await link.leave()
