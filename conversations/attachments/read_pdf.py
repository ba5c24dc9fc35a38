"""The program in the cage: `python -I read_pdf.py ORDER` reads a PDF from stdin and writes a line of JSON about it.

It runs alone, so it imports neither Django nor its neighbours. With `max_quoted_chars` in the order it also tells how
the first page with words begins.
"""

import json
import runpy
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

PAGES_LOOKED_AT = 3  # for words; scans have none


def main() -> None:
    order = json.loads(sys.argv[1])
    lock = runpy.run_path(str(Path(__file__).with_name("lock.py")))["lock"]
    lock(order["memory_bytes"], order["cpu_s"])
    sys.stdout.buffer.write(json.dumps(facts_of(sys.stdin.buffer.read(), order)).encode() + b"\n")
    sys.stdout.buffer.flush()


def facts_of(data: bytes, order: dict[str, Any]) -> dict[str, Any]:
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            return {"refused": "encrypted"}
        pages = len(reader.pages)
    except MemoryError:
        return {"refused": "too_hungry"}
    except Exception:  # broken files raise almost anything: PyPdfError, KeyError, RecursionError …
        return {"refused": "broken"}
    if not pages:
        return {"refused": "broken"}
    if pages > order["max_pages"]:
        return {"refused": "too_many_pages", "pages": pages}
    return {"pages": pages} | (quote(reader, order["max_quoted_chars"]) if "max_quoted_chars" in order else {})


def quote(reader: PdfReader, max_chars: int) -> dict[str, Any]:
    for number, page in enumerate(reader.pages[:PAGES_LOOKED_AT], 1):
        if words := " ".join(page.extract_text().split()):
            return {"quoted_page": number, "quote": words[:max_chars]}
    return {"quoted_page": 0, "quote": ""}


if __name__ == "__main__":
    main()
