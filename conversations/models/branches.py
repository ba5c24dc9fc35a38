"""The way through a conversation's tree: pure functions over what a queryset loaded."""

from collections.abc import Mapping


def path_to(leaf: int | None, parents: Mapping[int, int | None]) -> list[int]:
    """The ids from the first message to `leaf`, in order. `parents` maps each id to its parent's."""
    path = []
    while leaf is not None:
        path.append(leaf)
        leaf = parents[leaf]
    return path[::-1]
