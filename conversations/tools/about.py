"""What people and owners are told of each tool: what it does, what it costs, and where words go by it."""

from dataclasses import dataclass

STAYS = "Nothing beyond what Claude reads anyway."


@dataclass(frozen=True, slots=True)
class About:
    """`does` is for everybody, `costs` and `shares` are for whoever turns it on."""

    does: str
    costs: str = "The tokens of the call and its result."
    shares: str = STAYS


UNKNOWN = About("A tool of this site.")
ABOUT = {
    "calculator": About("Does sums exactly."),
    "clock": About("Tells the date and the time."),
    "code_execution": About(
        "Runs small programs in a container at the vendor's.",
        "Nothing while web search or web fetch is on too, for models from 4.6 on. Otherwise $0.05 an hour after 1,550 "
        "free hours a month, on the vendor's bill alone: the API does not report them, so the ledger lacks them.",
        "What Claude writes into its programs. It stays at the vendor's.",
    ),
    "read_attached_text": About("Reads on in text files that were attached."),
    "search_own_chats": About(
        "Searches your other chats.",
        shares="Passages of the person's other chats become part of this one, and go to Claude with it.",
    ),
    "web_fetch": About(
        "Opens web pages whose address stands in the chat.",
        "The tokens of what is read, up to 40,000 a page, again with every later question.",
        "The vendor opens the address. A page can hold instructions that mislead Claude: name domains where you can.",
    ),
    "web_search": About(
        "Searches the web.",
        "$10 for 1,000 searches, and the tokens of what is found.",
        "What Claude searches for goes to the vendor's search engine. It may hold words of the chat.",
    ),
}
