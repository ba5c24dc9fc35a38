"""The one Django app of Chatsite, and the map of its rooms.

    doors        web  live  admin  management        they ask who is there, call one verb, and answer
    workrooms    turns                               one question answered once
                 batches  reconciliation             work that can wait, at half the price; the ledger beside the bill
                 retention                           how long chats are kept, and the end of those kept so long
                 errands                             what the site asks Claude of itself: titles, follow-ups
                 tools                               what Claude may have done here, within limits
                 chats                               naming, pinning, archiving and deleting conversations
                 projects                            chats that belong together: their instructions and files
                 attachments  drafts  usage          the verbs of one subject each
                 refusals  feedback  search  health
                 alerts                              what whoever runs the site should know soon
                 audit                               what people did, written down; leave to read chats
                 announce                            rows into fragments, and the only sender of them
                 roster  chores                      models and prices as rows; what one process does for all
    memory       models                              rows, querysets, constraints
    instruments  claude  rendering  wire             know nothing of our rows
    used by name demo  templatetags                  the stand-in for the Claude API; tags for templates

Imports go down. `lint-imports` checks it; pyproject.toml holds the contract.

Glossary, one word per thing:

    person        somebody with an account
    group         people with the same models, tools and instructions; its *group admin* sees it alone in the admin
    project       chats of a person that belong together, with instructions and files that go along with each
    conversation  what a person and Claude said to one another; has a *revision*, which every visible change advances
    message       one node of a conversation's tree: a *question* (role user) or an *answer* (role assistant)
    version       one of several messages in the same place of the tree: an edited question, or another answer to one
    branch        a way through the tree from its first message to a *leaf*; one of them is shown
    retention     for how many days after its last message a chat is kept: as its owner's group says, or the site
    turn          one question answered once; ends as exactly one of complete, stopped, refused, failed
    worker        a process, or the part of one, that answers turns
    line          the queued turns in the order in which they are claimed, fair between people; each has a *place*
    allowance     what the API lets the site ask of a model, as it told last; without *room* in it a turn stays in line
    lease         for how long a running turn is its worker's; renewed while it lives
    fence         the number of a turn's present owner: who knows an older one writes nothing
    attempt       one request to the Claude API; a turn has several when the first ones failed
    rollup        the ledger added up for a day or month, person, group, project, model, purpose; kept with each row
    pseudonym     what the ledger calls somebody who is gone; the same on all their rows, and no name
    tool          something that Claude may ask to have done: by this site, or at the vendor's (a *server tool*)
    caller        the person and the conversation that a tool runs for; Claude neither sees nor chooses it
    tool server   a program elsewhere that has tools for this site, by the Model Context Protocol; the owner adds it
    consent       a person's word on one call of a tool that asks first: a row, so that any window may give it
    budget        what a person, a group or the site may take in a period; its *use* is what they have taken in this one
    reservation   what something under way may take at most; it counts until that is booked or over
    round         a request of a turn that ended with tools asked for, and their results
    errand        what the site asks Claude of itself, as data, behind the answers; booked as what it was for
    draft         what a person wrote and did not send yet; one for each conversation and one for the new chat
    sending       what a person sends, as a frozen value; its `client_id` is kept over every repeat of it
    attachment    a file that belongs to a question or to a project
    ask           what we send to Claude, as a frozen value
    instructions  what Claude is told before a chat: the site's in everybody's, a person's and a project's in their own
    route         the model that best fit came to for a question, and why: by the owner's rules
    fold          where Claude stopped reading a chat that had become too long: a summary counts for what is before it
    breakpoint    up to where the API may keep a prompt in its cache; what it could not read from there is a *miss*
    event         what Claude tells us, as a frozen value
    journal       the news of a running turn, appended as it arrives
    tick          the beat of this process: what running answers brought is read, saved in one transaction, and sent
    source        what an answer cites: a passage of a document, or a page of the web; numbered as first cited
    mark          where in the text of an answer the number of a source stands
    growth        what new text does to the page: HTML to append and HTML to replace
    nudge         a hint over the wire to look at a row now; nothing breaks when it is lost
    fragment      HTML for the socket with the revision that it makes
    snapshot      the fragment that replaces the thread's last page
    refusal       Claude declined; an outcome with a category, never an exception
    sequel        what happened after a refusal, as far as rows can tell
    deed          what somebody did with the site, as one row of the audit log, sealed together with the row before
    reading       leave for one of the staff to read one chat: for a typed reason, for a while, told to its owner
    assignee      who of the reviewers looks at a refusal; what they tell one another are *notes*
    feedback      what a person thinks of an answer, a *verdict* with a reason if they like
    provider      who passes Claude on to the site: the vendor's own API, or a cloud; each *lacks* something
    outage        Claude denies the site its access; the *circuit* is open until a *probe*, one turn, is answered
    stand-in      the model that answers in the place of an overloaded one; of the whole API: `demo`
    alert         what whoever runs the site should know soon; it *stands* until it is over
    sign          what the rows say that raises an alert
    notice        that an alert was raised or cleared, told by one *way*: e-mail or webhook
    chore         what one process does for all of them, again and again
    reconciliation  the ledger of a day beside what the vendor counted and billed; a *line* for each model and measure
    card          what is known of a model: limits, abilities, life cycle, price; for every id there is one
    batch         prompts that can wait, handed in together; each is an *item*, with its own outcome
    roster        the models that the API lists, as rows, with what the owner offers of them
    price         what a model's tokens cost from a moment on; a row that counts until the model's next one
    terms         how the API says that it answered, where that changes the price: batch, place, speed
    successor     the model to change to when one retires
"""
