"""A minute in the life of a site that everything happens to.

claude.py   what Claude answers: mostly words, at its own pace; now and then an error, a cut, silence
people.py   people who ask, stop, retry and reload, and who do not believe that a question got lost
faults.py   what happens to the parts of the site meanwhile
verdict.py  afterwards: whether rows, pages, sockets, export, ledger and Claude's own record tell one story
"""
