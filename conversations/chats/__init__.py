"""Conversations as things to keep in order: named, pinned, put away, deleted."""
