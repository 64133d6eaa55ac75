"""The frame of a page and its look. Whatever comes from elsewhere goes through ``escaped``.

A page loads nothing: its content policy forbids it, whatever text gets into it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from codestral_ls.privacy.text import printable

_N_COLOURS = 6
"""Series in pictures are told apart by so many colours, again from the first after the last."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6778; --line: #d9dee6;
  --paper: #f5f7fa; --card: #ffffff; --code: #f0f3f7; --good: #1a7f4b; --fair: #7cc49d;
  --bad: #c8372d; --none: #b3bcc8; --fail: #6b4fa0; --mark: #fff3c4;
  --c0: #2563c9; --c1: #c65d07; --c2: #0f8577; --c3: #9c3d8f; --c4: #7a6a00; --c5: #5a5fd6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b8; --line: #323c4a;
  --paper: #12171e; --card: #1a212b; --code: #10151c; --good: #3fbf7f; --fair: #2c6b4b;
  --bad: #f0746a; --none: #4b5767; --fail: #a58be0; --mark: #4a3f14;
  --c0: #6ea8ff; --c1: #ffa657; --c2: #4fd1c0; --c3: #e58bd8; --c4: #d8c65a; --c5: #a3a6ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 0 0 12px; }
p { margin: 0 0 12px; } .soft, figcaption { color: var(--soft); font-size: 13px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 18px; margin-top: 18px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 18px; align-items: start; }
.pair > * { min-width: 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; font-variant-numeric: tabular-nums; vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; } th { font-weight: 600; }
thead th { color: var(--soft); font-size: 13px; }
td small, th small { color: var(--soft); display: block; font-size: 12px; font-weight: 400; }
thead small { white-space: normal; }
.better { color: var(--good); font-weight: 600; } .worse { color: var(--bad); font-weight: 600; }
svg { display: block; width: 100%; overflow: visible; } svg text { fill: var(--ink);
  font-size: 12px; } svg .soft { fill: var(--soft); font-size: 11px; }
svg .grid { stroke: var(--line); } figure { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0 0; padding: 0;
  list-style: none; font-size: 13px; } .legend i, .dot { display: inline-block; width: 10px;
  height: 10px; border-radius: 3px; margin-right: 6px; }
.filters { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 12px; }
select, input { font: inherit; font-size: 14px; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; max-width: 100%; }
input { flex: 1 1 160px; }
details { border: 1px solid var(--line); border-radius: 10px; margin-bottom: 8px; }
summary { cursor: pointer; padding: 9px 12px; display: flex; flex-wrap: wrap; gap: 4px 10px;
  align-items: baseline; } summary b { overflow-wrap: anywhere; font-weight: 600; }
details > div { padding: 0 12px 12px; } h3 { font-size: 13px; margin: 12px 0 4px;
  color: var(--soft); font-weight: 600; } .tag { font-size: 12px; border-radius: 999px;
  padding: 1px 9px; border: 1px solid currentColor; white-space: nowrap; }
.exact { color: var(--good); } .right { color: var(--good); } .wrong { color: var(--bad); }
.silent { color: var(--soft); } .failed { color: var(--fail); }
pre { margin: 0; background: var(--code); border-radius: 8px; padding: 10px 12px;
  overflow-x: auto; font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  tab-size: 4; } mark { background: var(--mark); color: inherit; border-radius: 3px; }
dl { margin: 0; } dt { font-weight: 600; font-size: 14px; } dd { margin: 0 0 8px;
  color: var(--soft); font-size: 14px; } [hidden] { display: none !important; }
@media (max-width: 700px) { .pair { grid-template-columns: 1fr; } main { padding: 16px 10px 48px; }
  section { padding: 14px; } h1 { font-size: 22px; } th, td { padding-right: 10px; }
  tbody th { position: sticky; left: 0; background: var(--card); white-space: normal;
    min-width: 96px; } }
"""


def escaped(text: object) -> str:
    """Text of elsewhere as text of a page or of an attribute, and nothing more."""
    return html.escape(printable(str(text)), quote=True)


def page(title: str, body: Iterable[str], *, script: str = "") -> str:
    """A whole page. ``body`` is HTML; ``script`` is our own."""
    code = f"<script>{script}</script>" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + f"\n</main>\n{code}\n</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A part of a page with its heading. ``parts`` are HTML."""
    return f"<section>\n<h2>{escaped(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names the rows. All cells are HTML."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = [
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    ]
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>\n'
        + "\n".join(lines)
        + "\n</tbody></table></div>"
    )


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """What colours mean: pairs of a colour's variable and a text."""
    items = "".join(
        f'<li><i style="background:var(--{colour})"></i>{escaped(text)}</li>'
        for colour, text in entries
    )
    return f'<ul class="legend">{items}</ul>'


def colour(index: int) -> str:
    """The variable of a series' colour."""
    return f"c{index % _N_COLOURS}"
