"""Why a file is not taken, in words for the person who attached it."""

MAX_UPLOAD_BYTES = 20 * 1024 * 1024  # the largest photographs of phones are about 15 MB; as base64 28 of a request's 32
KINDS_TAKEN = "PNG, JPEG, GIF, WebP, HEIC, AVIF, PDF and text"


class FileRefused(Exception):
    """`reason` is a stable word to count by; `sentence` tells the person, and names the limit."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence


def require_size(size_bytes: int) -> None:
    """Raise FileRefused for an upload of a size that is not read at all."""
    if not size_bytes:
        raise FileRefused("empty", "It is empty: 0 bytes.")
    if size_bytes > MAX_UPLOAD_BYTES:
        raise too_large(size_bytes, MAX_UPLOAD_BYTES)


def too_large(size_bytes: int, most_bytes: int, of: str = "") -> FileRefused:
    """`of` what there may be no more, where that is less than any file may have: " of text"."""
    sentence = f"It is {megabytes(size_bytes)} MB{of}; the most is {megabytes(most_bytes)} MB."
    return FileRefused("too_large_bytes", sentence)


def unsupported(article_and_kind: str) -> FileRefused:
    return FileRefused("unsupported_type", f"It is {article_and_kind}; taken are {KINDS_TAKEN}.")


def unknown() -> FileRefused:
    return FileRefused("unknown_type", f"It is of a kind that cannot be read here; taken are {KINDS_TAKEN}.")


def too_slow(limit_s: float) -> FileRefused:
    return FileRefused("too_slow", f"Reading it takes longer than the {limit_s:g} seconds that a file may take.")


def too_hungry(limit_bytes: int) -> FileRefused:
    return FileRefused("too_hungry", f"Reading it takes more than the {limit_bytes // 2**20:,} MB of memory allowed.")


def crashed() -> FileRefused:
    return FileRefused("crashed", "It could not be read: the reader of such files stopped. Save it anew and try again.")


def busy(waited_s: float) -> FileRefused:
    return FileRefused("busy", f"Other files kept the server busy for {waited_s:g} seconds. Try again.")


def megabytes(size_bytes: int) -> str:
    """Rounded up, so that one byte over the limit does not read like the limit."""
    tenths = -(-size_bytes * 10 // 2**20)
    return f"{tenths / 10:g}"
