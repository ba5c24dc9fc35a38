"""The pictures of the README: a site in demo mode with a month behind it, and a browser. `./run pictures`.

`./run pictures --all FOLDER` shows every page of the admin in both themes and at two widths, to be looked at.
"""
