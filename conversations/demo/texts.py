"""What the stand-in says. All of it is true, and all of it says who speaks."""

LONG = r"""# Binary search, and most of Markdown

This is the **demo stand-in**, not Claude. The explanation below is genuine; it was written beforehand, to show how
a long answer looks.

## The idea

To find a name in a sorted list, look at the *middle* one first. It tells in which half to go on, so every look
halves what is left.

1. Keep two borders, `low` and `high`.
2. Look at the middle between them:
   - is it the one you seek? Done.
   - is it smaller? Then
     - everything left of it is smaller too,
     - so move `low` behind it.
   - otherwise move `high` to it.
3. Stop when the borders meet.

> The list must be sorted. On an unsorted list the same steps end just as fast, with a wrong answer.

## What it costs

For $n$ entries the search needs at most $\lfloor \log_2 n \rfloor + 1$ looks:

| entries | one by one, at most | halving, at most |
|---:|---:|---:|
| 10 | 10 | 4 |
| 1,000 | 1,000 | 10 |
| 1,000,000 | 1,000,000 | 20 |
| 1,000,000,000 | 1,000,000,000 | 30 |

The reason is that $k$ halvings are enough as soon as

$$
\frac{n}{2^k} < 1 .
$$

## In three languages

```python
def find(names: list[str], wanted: str) -> int | None:
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        if names[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < len(names) and names[low] == wanted else None
```

```javascript
function find(names, wanted) {
  let low = 0, high = names.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (names[middle] < wanted) low = middle + 1
    else high = middle
  }
  return names[low] === wanted ? low : -1
}
```

```sql
-- A database does it for you: an index is a tree that is searched by halving.
CREATE INDEX people_name ON people (name);
SELECT * FROM people WHERE name = 'Noether';
```

Python has it built in.[^1]

[^1]: As `bisect_left` in the module `bisect`.

## Before you use it

- [x] The list is sorted.
- [x] It is sorted by the same order that you compare with.
- [ ] Two equal entries: do you want the first, the last, or any?
- [ ] The list changes often? Then sort once and keep it sorted, or ~~search it one by one~~ use a tree.

---

More: [the module `bisect`](https://docs.python.org/3/library/bisect.html) and
[binary search on Wikipedia](https://en.wikipedia.org/wiki/Binary_search).
"""

SQUARES_THINKING = """The board has 8 × 8 small squares, but the question says "squares", so larger ones count too.

A square with a side of k fields can start in 9 − k columns and 9 − k rows, so there are (9 − k)² of it.

For k = 1 to 8 that is 64 + 49 + 36 + 25 + 16 + 9 + 4 + 1. Adding up: 64, 113, 149, 174, 190, 199, 203, 204.
"""
SQUARES = """There are **204** squares on a chessboard.

A square with a side of $k$ fields fits in $(9 - k)^2$ places, and $k$ runs from 1 to 8:

$$64 + 49 + 36 + 25 + 16 + 9 + 4 + 1 = 204$$

*(This is the demo stand-in, not Claude; the thinking above this answer was written beforehand.)*
"""

TIDES = """This is the demo stand-in, not Claude, and here is something true about the sea.

## Why there are two high tides a day

The Moon pulls on the Earth, but not equally everywhere: the side that faces it is about 12,700 kilometres nearer
than the far side, so it is pulled a little harder. That *difference* is what makes the tides.

Seen from the middle of the Earth, water on the near side is drawn towards the Moon, and water on the far side is
left behind. Both look like a bulge, one on each side. The Earth turns below them, so most coasts meet a bulge twice
in about 24 hours and 50 minutes. The 50 minutes come from the Moon, which moves on in its orbit meanwhile.

The Sun does the same with a bit less than half the strength:

- At new and full moon both pull along one line, and the tides are large: **spring tides**.
- At the half moons they pull at right angles, and the tides are small: **neap tides**.

How high the water really rises depends far more on the coast. An open ocean may rise by half a metre; a bay whose
own slow swing fits the rhythm of the tide, such as the Bay of Fundy, rises by more than ten.
"""

DECLINED_START = """This is the demo stand-in, playing an answer that is declined on its way. The first sentences
look like those of any other answer. Then, in the middle of"""

HARMLESS = """This is the demo stand-in. The question was declined at its first try, as if it had been taken for
something dangerous. It was a **false alarm**, so the second try is answered.
"""

CANNOT_GO_ON = """This is the demo stand-in, and it has nothing left to continue: the answer above is already whole.
"""

GREETING = """Hello. This is the **demo stand-in**: no key for the Claude API is set, so Claude itself is not
answering.

Everything else on this site is real: this text is streamed, stored, counted and priced in the way that an answer of
Claude's would be.
"""

TRY = """**What you can try here**

- Ask for *a long answer in Markdown*, or for *thinking* before an answer.
- Attach an image: its format, size, light and colours are read from the file itself.
- Attach a PDF or a text file: passages of it are cited as numbered sources.
- Play what can go wrong: a refusal, an overload, an answer that breaks off, one that reaches its limit.

To talk to Claude, the person who runs this site sets `ANTHROPIC_API_KEY` and starts it again.
"""

QUOTED = """This is the **demo stand-in**, not Claude. It does not understand what it quotes; the passages, and where
they stand, were looked up in the file that you attached.
"""

MEASURED = """This is the **demo stand-in**, not Claude. It does not see what the picture shows; what it says above
was measured in the file that you attached.
"""
