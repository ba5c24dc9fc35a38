"""The gateway to Claude: a frozen Ask in, our own events and errors out.

Knows the SDK and the wire, and nothing of rows, people or pages. Only this room and the stand-in may import the SDK.
"""
