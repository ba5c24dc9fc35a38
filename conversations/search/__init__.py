"""Finding what was said: one verb, so that how it looks can change without anybody knowing."""
