"""The one Django app of Chatsite, and the map of its rooms.

    doors        web  live  admin  management        they ask who is there, call one verb, and answer
    workrooms    turns                               one question answered once
                 attachments  usage  health          the verbs of one subject each
                 announce                            rows into fragments, and the only sender of them
    memory       models                              rows, querysets, constraints
    instruments  claude  rendering  wire             know nothing of our rows
    used by name demo  templatetags                  the stand-in for the Claude API; tags for templates

Imports go down. `lint-imports` checks it; pyproject.toml holds the contract.

Glossary, one word per thing:

    person        somebody with an account
    conversation  what a person and Claude said to one another; has a *revision*, which every visible change advances
    message       one node of a conversation's tree: a *question* (role user) or an *answer* (role assistant)
    turn          one question answered once; ends as exactly one of complete, stopped, refused, failed
    worker        a process, or the part of one, that answers turns
    lease         for how long a running turn is its worker's; renewed while it lives
    fence         the number of a turn's present owner: who knows an older one writes nothing
    attempt       one request to the Claude API; a turn has several when the first ones failed
    draft         what a person wrote and did not send yet
    attachment    a file that belongs to a question
    ask           what we send to Claude, as a frozen value
    event         what Claude tells us, as a frozen value
    journal       the news of a running turn, appended as it arrives
    growth        what new text does to the page: HTML to append and HTML to replace
    nudge         a hint over the wire to look at a row now; nothing breaks when it is lost
    fragment      HTML for the socket with the revision that it makes
    snapshot      the fragment that replaces the thread's last page
    refusal       Claude declined; an outcome with a category, never an exception
    outage        Claude denies the site its access; the *circuit* is open until a *probe*, one turn, is answered
    stand-in      the model that answers in the place of an overloaded one; of the whole API: `demo`
"""
