"""What the site asks Claude of itself: a title for a chat, what one may ask next. Start reading at `runner.py`."""
