"""What a person thinks of an answer."""
