"""One question answered once. Start reading at `runner.py`."""
