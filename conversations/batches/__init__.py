"""Work that can wait, at half the price: prompts, labels of refusals, titles. Start reading at `keeper.py`."""
