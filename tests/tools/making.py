"""Tools for tests, each with a fault of its own."""

import asyncio
import threading
from typing import Annotated

from pydantic import Field

from conversations.tools.function import tool
from conversations.tools.tool import Caller, ToolFailed

let_go = threading.Event()  # for `hang` to end at last


@tool()
def greet(
    name: Annotated[str, Field(description="Whom to greet.", max_length=20)], caller: Caller, times: int = 1
) -> str:
    """Greets somebody.

    As often as it is told to.
    """
    return " ".join([f"Hello {name} from {caller.person_id}."] * times)


@tool()
async def wait_a_moment(word: str) -> str:
    """Says the word after a moment."""
    await asyncio.sleep(0.01)
    return word


@tool(limit_s=0.1)
def hang() -> str:
    """Blocks its thread."""
    let_go.wait(30)
    return "at last"


@tool(limit_s=60)
def hang_long() -> str:
    """Blocks its thread for as long as anybody waits."""
    let_go.wait(30)
    return "at last"


@tool()
def flood() -> str:
    """Ten megabytes."""
    return "ü" * 5_000_000


@tool()
def raise_secret() -> str:
    """Breaks."""
    raise RuntimeError("the password is swordfish")


@tool()
def decline() -> str:
    """Fails in words."""
    raise ToolFailed("There is nothing to see.")


FAULTY = (greet, wait_a_moment, hang, flood, raise_secret, decline)
