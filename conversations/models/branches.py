"""The way through a conversation's tree: pure functions over what a queryset loaded.

`parents` maps the id of each message to its parent's, oldest message first.
"""

from collections.abc import Mapping


def path_to(leaf: int | None, parents: Mapping[int, int | None]) -> list[int]:
    """The ids from the first message to `leaf`, in order."""
    path = []
    while leaf is not None:
        path.append(leaf)
        leaf = parents[leaf]
    return path[::-1]


def versions_of(message: int, parents: Mapping[int, int | None]) -> list[int]:
    """The message and the others in its place, oldest first."""
    return [pk for pk, parent in parents.items() if parent == parents[message]]


def newest_under(message: int, parents: Mapping[int, int | None]) -> int:
    """The end of the newest branch that leads through this message."""
    under, newest = {message}, message
    for pk, parent in parents.items():
        if parent in under:
            under.add(pk)
            newest = pk
    return newest
