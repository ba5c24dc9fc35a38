"""What Claude says in the browser tests."""

from collections.abc import Callable

from tests.upstream import Gate, Reply, Request, begin, block_start, block_stop, end, text

PARAGRAPH = "A river carries water, sand and stories from the hills to the sea, and it never carries the same twice. "

PAGE = f"""# A heading

{PARAGRAPH * 4}

- one
  - nested
- two

| column | {" | ".join(f"number {n}" for n in range(12))} |
|---|{"---|" * 12}
| row | {" | ".join(f"{n * 1000}" for n in range(12))} |

```python
def greet(name: str) -> str:
    return f"Hello, {{name}}. {"This line is long. " * 12}"
```

> A quotation.

Euler wrote $e^{{i\\pi}} + 1 = 0$. See [the river](https://example.com/river).
"""


def asked(words: str) -> Callable[[Request], bool]:
    """Whether a request asks this question; scripts of one test are not for the requests of another."""
    return lambda request: request.path.partition("?")[0] == "/v1/messages" and words in request.last_user_text


def paused(before: str, gate: str, after: str = "") -> Reply:
    """Says `before`, waits for the gate, says `after`."""
    return Reply.streaming(begin(), text(before), Gate(gate), text(after) if after else b"", end())


def silent_until(gate: str, words: str = "Here I am.") -> Reply:
    return Reply.streaming(Gate(gate), begin(), text(words), end())


def thoughtful(thought: str, words: str) -> Reply:
    return Reply.streaming(
        begin(kind="thinking"),
        text(thought, kind="thinking"),
        block_stop(),
        block_start(1),
        text(words, 1),
        end(index=1),
    )
