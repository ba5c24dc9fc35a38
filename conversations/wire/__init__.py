"""How news travels. Nothing here is remembered: what is lost on the wire is found again in the rows."""
