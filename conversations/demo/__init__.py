"""The stand-in for the Claude API: what runs when there is no key, and what tests play scenes on.

It sits below the real SDK as an httpx2 transport, named by CLAUDE_TRANSPORT and imported by no room, so that all the
rest of the site is the same with it and without it.
"""
