"""Servers of tools that the owner adds, by the Model Context Protocol, and the tools that each of them has."""

import re
import shlex
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from conversations.models.plain import rows

RETRY_AFTER = timedelta(minutes=5)  # for so long the tools of a server that did not answer are left out
MAX_TOOL_NAME = 64  # of the API
COMMANDS_ARE_OFF = "Commands run programs on this machine. Whoever operates the site allows them by MCP_COMMANDS=1."


class Transport(models.TextChoices):
    HTTP = "http", "streamable HTTP"
    COMMAND = "command", "a command on this machine"


class ToolServer(models.Model):
    """Where it is, and how to get in. A secret stays in the environment: the row has the name of its variable."""

    name = models.CharField(
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9-]*$", "Small letters, digits and hyphens, a letter first.")],
        help_text="Short; it stands before the names of its tools.",
    )
    transport = models.CharField(max_length=8, choices=Transport, default=Transport.HTTP)
    address = models.CharField(
        max_length=200, blank=True, help_text="For streamable HTTP, such as https://tools.example.com/mcp."
    )
    command = models.CharField(max_length=500, blank=True, help_text="For a command: the program and its arguments.")
    secret_variable = models.CharField(
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"^MCP_SECRET_[A-Z0-9_]+$", "A name such as MCP_SECRET_WIKI.")],
        help_text="The variable of the environment that holds its secret; the name begins with MCP_SECRET_. A server "
        "at an address gets the value as a header. A command gets it as a variable, named without MCP_SECRET_.",
    )
    header = models.CharField(
        max_length=64,
        default="Authorization",
        validators=[RegexValidator(r"^[A-Za-z0-9-]+$", "A header such as Authorization.")],
        help_text="The header for the secret, whose value goes in whole: Bearer included.",
    )
    is_on = models.BooleanField("on", default=True)
    fault = models.CharField(max_length=200, blank=True, editable=False)  # why it did not answer the last time
    asked_at = models.DateTimeField("asked", null=True, editable=False)  # when it was tried the last time

    class Meta:
        verbose_name = "tool server"

    def __str__(self) -> str:
        return self.name

    @property
    def words_of_command(self) -> list[str]:
        return shlex.split(self.command)

    def clean(self) -> None:
        if self.transport == Transport.HTTP:
            if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", self.address):
                raise ValidationError({"address": "An address that begins with https:// or http://."})
            return
        if not settings.MCP_COMMANDS:
            raise ValidationError({"transport": COMMANDS_ARE_OFF})
        try:
            has_program = bool(self.words_of_command)
        except ValueError as error:
            raise ValidationError({"command": f"The command cannot be read: {error}."}) from error
        if not has_program:
            raise ValidationError({"command": "The program to run, and its arguments."})


class ServedToolQuerySet(models.QuerySet["ServedTool"]):
    def on_offer(self) -> list["ServedTool"]:
        """Those that are on, of servers that are on, and that answered the last time or may be tried again.

        Most sites have none, and each turn asks.
        """
        if not rows("SELECT 1 FROM conversations_servedtool WHERE is_on LIMIT 1"):
            return []
        answers = Q(server__fault="") | Q(server__asked_at__lt=Now() - RETRY_AFTER)
        allowed = self if settings.MCP_COMMANDS else self.exclude(server__transport=Transport.COMMAND)
        return list(allowed.filter(answers, is_on=True, server__is_on=True).select_related("server"))


class ServedTool(models.Model):
    """A tool as its server described it when the owner let it in: it changes only when the owner asks for it."""

    server = models.ForeignKey(ToolServer, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(max_length=128)  # the server's own
    description = models.TextField()
    input_schema = models.JSONField()
    is_on = models.BooleanField("on", default=False)
    asks_first = models.BooleanField(
        "asks first", default=True, help_text="Each call waits until the person allows it."
    )

    objects = ServedToolQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["server", "name"], name="one_row_per_served_tool"),)
        ordering = ("name",)

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """By Claude: after its server, in the letters and the length that the API takes."""
        return re.sub(r"[^a-zA-Z0-9_-]", "_", f"{self.server.name}__{self.name}")[:MAX_TOOL_NAME]
