"""A whole site as a process of its own, as an operator would start it."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60
OURS = ("ANTHROPIC_", "CLAUDE_", "DATABASE_URL", "REDIS_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE")


@dataclass
class Site:
    data_dir: Path
    upstream_url: str = ""  # "": demo mode
    settings: dict[str, str] = field(default_factory=dict)  # further variables
    port: int = 0
    sessions: dict[str, str] = field(default_factory=dict)  # session cookies by person
    long_chat: str = ""  # the path of a chat of alice's with 500 messages
    program: tuple[str, ...] = ("manage.py",)  # what Python runs to serve
    process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir / "site.log"

    def start(self) -> None:
        """Returns when the site says that it listens."""
        command = [sys.executable, "-W", "error::ResourceWarning", *self.program, "serve", "--prepare"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        opened = self.process.stdout.readline()
        assert "Chatsite is on" in opened, f"the site did not start: {opened}{self.log.read_text()[-4000:]}"

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        """Without a word to it, if it still runs."""
        assert self.process is not None
        self.process.kill()
        self.stop()

    def seed(self) -> None:
        """Alice, ben and cleo with a session each, and a long chat; by a process that has the site's database."""
        command = [sys.executable, "-m", "tests.browser.seed"]
        seeded = subprocess.run(
            command, cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True
        )
        told = json.loads(seeded.stdout)
        self.sessions, self.long_chat = told["sessions"], told["long_chat"]

    def forget_drafts(self) -> None:
        """What one test left in a composer is not for the next one."""
        with closing(sqlite3.connect(self.data_dir / "chatsite.sqlite3", timeout=PATIENCE_S)) as database, database:
            database.execute("UPDATE conversations_attachment SET draft_id = NULL")
            database.execute("DELETE FROM conversations_draft")

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        claude = {"CLAUDE_PROVIDER": "demo"}
        if self.upstream_url:
            claude = {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": self.upstream_url, "CLAUDE_RETRIES": "0"}
        ours = {"DATA_DIR": str(self.data_dir), "HOST": "127.0.0.1", "PORT": str(self.port), "DRAIN_S": "1"}
        return inherited | claude | ours | self.settings
