"""Text in, HTML out; the only room that may call HTML safe. It knows nothing of our rows."""
