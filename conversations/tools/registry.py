"""Which tools there are, and which of them the owner lets Claude use."""

from collections.abc import Iterable
from dataclasses import dataclass

from conversations.claude.ask import ServerTool, ToolSpec
from conversations.claude.providers import Lack, lacks
from conversations.models import PeopleGroup, ToolSwitch
from conversations.tools.about import ABOUT, UNKNOWN, About
from conversations.tools.attached_text import read_attached_text
from conversations.tools.calculator import calculator
from conversations.tools.clock import clock
from conversations.tools.own_chats import search_own_chats
from conversations.tools.servers import ToolOfServer, served_tools
from conversations.tools.tool import Tool
from conversations.tools.vendors import ASKED_AS, OPTIONS, server_tool

BUILT_IN: tuple[Tool, ...] = (calculator, clock, read_attached_text, search_own_chats)
ON_AT_FIRST = frozenset(tool.name for tool in BUILT_IN)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of one turn. Those of this site in the order of their names, then its servers', then the vendor's: the
    same for everyone, since another order would cost each chat its prompt cache.
    """

    tools: tuple[Tool, ...] = ()
    server_tools: tuple[ServerTool, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """By which Claude may ask for them."""
        theirs = (name for tool in self.server_tools for name in ASKED_AS.get(tool.name, (tool.name,)))
        return frozenset([*(tool.name for tool in self.tools), *theirs])

    @property
    def asking_first(self) -> frozenset[str]:
        """Whose every call waits until the person allows it."""
        return frozenset(tool.name for tool in self.tools if tool.asks_first)

    def within(self, group: PeopleGroup) -> "Toolbox":
        tools = tuple(tool for tool in self.tools if group.allows_tool(tool.name))
        return Toolbox(tools, tuple(tool for tool in self.server_tools if group.allows_tool(tool.name)))

    @property
    def specs(self) -> tuple[ToolSpec | ServerTool, ...]:
        ours = (ToolSpec(tool.name, tool.description, tool.input_schema) for tool in self.tools)
        return (*ours, *self.server_tools)


def toolbox(group: PeopleGroup | None = None) -> Toolbox:
    """What Claude may use at this site now, for people of this group."""
    switches = {switch.name: switch for switch in all_switches()}
    ours = sorted((tool for tool in BUILT_IN if switches[tool.name].is_on), key=lambda tool: tool.name)
    theirs = (server_tool(name, switches[name]) for name in sorted(OPTIONS.keys() & switches) if switches[name].is_on)
    box = Toolbox((*ours, *_unlike(ours, served_tools())), tuple(theirs))
    return box if group is None else box.within(group)


def _unlike(known: Iterable[Tool], served: Iterable[ToolOfServer]) -> list[ToolOfServer]:
    """One of each name: the API takes no two, and long names may have become alike."""
    by_name = {tool.name: tool for tool in served}
    return [by_name[name] for name in sorted(by_name.keys() - {tool.name for tool in known})]


def all_switches() -> list[ToolSwitch]:
    """One for each tool, as its row says, or as it is without one; the vendor's only where the provider has them."""
    rows = {row.name: row for row in ToolSwitch.objects.all()}
    theirs = () if lacks(Lack.SERVER_TOOLS) else OPTIONS
    names = sorted([*(tool.name for tool in BUILT_IN), *theirs])
    return [rows.get(name) or ToolSwitch(name=name, is_on=name in ON_AT_FIRST) for name in names]


def on_offer(group: PeopleGroup | None = None) -> list[tuple[str, About]]:
    """Name and facts of each tool that Claude may use at this site now, for people of this group."""
    ours = [(switch.name, about(switch.name)) for switch in all_switches() if switch.is_on]
    theirs = [(tool.name, About(tool.description.split("\n", 1)[0][:200])) for tool in served_tools()]
    return [each for each in ours + theirs if group is None or group.allows_tool(each[0])]


def about(name: str) -> About:
    return ABOUT.get(name, UNKNOWN)
