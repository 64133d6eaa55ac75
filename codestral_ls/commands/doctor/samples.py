"""Small pieces of code in several languages, each with a place to complete.

Written for this purpose: ``doctor`` sends none of the user's code.
"""

from __future__ import annotations

from codestral_ls.prompt.prompt import Prompt

_CURSOR = "█"

SAMPLES: dict[str, str] = {
    "python": '''\
from dataclasses import dataclass


@dataclass
class Reading:
    sensor: str
    celsius: float


def warmest(readings: list[Reading]) -> Reading | None:
    """The reading with the highest temperature; None without readings."""
    if not readings:
        return None
    return max(█


def average(readings: list[Reading]) -> float:
    return sum(reading.celsius for reading in readings) / len(readings)
''',
    "typescript": """\
interface Ticket {
  id: number;
  priority: "low" | "high";
  closed: boolean;
}

export function openTickets(tickets: Ticket[]): Ticket[] {
  return tickets.filter(█
}

export function urgent(tickets: Ticket[]): Ticket[] {
  return openTickets(tickets).filter((ticket) => ticket.priority === "high");
}
""",
    "rust": """\
use std::collections::HashMap;

/// Counts how often each word occurs, whatever its case.
fn count_words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        █
    }
    counts
}
""",
    "go": """\
package stock

import "errors"

type Shelf struct {
	items map[string]int
}

// Take removes n pieces of an item from the shelf.
func (s *Shelf) Take(item string, n int) error {
	if s.items[item] < n {
		return █
	}
	s.items[item] -= n
	return nil
}
""",
    "java": """\
import java.util.ArrayList;
import java.util.List;

class Playlist {
    private final List<Integer> secondsOfTracks = new ArrayList<>();

    void add(int seconds) {
        secondsOfTracks.add(seconds);
    }

    int totalSeconds() {
        int total = 0;
        for (int seconds : █
        return total;
    }
}
""",
    "c": """\
#include <stddef.h>

/* Index of the first zero byte in a buffer, or its length if there is none. */
size_t first_zero(const unsigned char *buffer, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        █
    }
    return length;
}
""",
    "sql": """\
CREATE TABLE loan (member_id INTEGER, book_id INTEGER, due DATE, returned DATE);

-- Members with books that should be back by now, and how many.
SELECT member_id, COUNT(*) AS overdue
FROM loan
WHERE █
GROUP BY member_id
ORDER BY overdue DESC;
""",
    "shellscript": """\
#!/bin/sh
# Pack every directory named on the command line into an archive of its own.
set -eu
for directory in "$@"; do
    if [ ! -d "$directory" ]; then
        █
    fi
    tar -czf "$directory.tar.gz" "$directory"
done
""",
}
"""By language id; the block marks the cursor."""


def prompt_of(language: str, *, max_tokens: int, temperature: float = 0.0) -> Prompt:
    """A sample as a prompt."""
    prefix, _, suffix = SAMPLES[language].partition(_CURSOR)
    return Prompt(
        prefix=prefix,
        suffix=suffix,
        max_tokens=max_tokens,
        temperature=temperature,
    )
