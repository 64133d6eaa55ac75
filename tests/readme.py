"""Tables in READMEs that are made from the code, each between two equal markers."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def check_table(readme: Path, marker: str, table: str, *, update: bool) -> None:
    """The README has this table between two of the markers; ``update`` writes it there."""
    before, *between, after = readme.read_text(encoding="utf-8").split(marker)
    assert len(between) == 1, f"{readme} does not have {marker} twice"
    if update:
        text = f"{before}{marker}\n{table}\n{marker}{after}"
        readme.write_text(text, encoding="utf-8", newline="\n")
    else:
        assert between[0] == f"\n{table}\n", "python -m pytest --update-fixtures writes it anew"
