"""Projects: what a person wants Claude to know in some of their chats, words and files."""
