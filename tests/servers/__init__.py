"""A real server of tools, by both transports, in a process of its own."""
