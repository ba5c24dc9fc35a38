"""How long chats are kept, and the end of those that were kept so long."""
