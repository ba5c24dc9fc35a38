"""What Claude may have done on this site: typed Python functions, found by name, and run within limits.

A tool reads what its caller may read and nothing else: the caller comes from the turn, never from Claude.
"""
