"""Where SQL ends: at the semicolon, or at the end of the block that the answer begins."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess import Shaped, enough, run
from tests.scenes import scene_between

_MORE = "DELETE FROM t;\nDROP TABLE t;\nDROP TABLE u;\n"

STATEMENTS = [
    ("", "UPDATE t SET note = 'just in case' WHERE id = 1;\n"),
    ("UPDATE t ", "SET note = 1 -- in case\nWHERE id = 1;\n"),
    ("", "UPDATE t SET note = 1 /* in case */\nWHERE id = 1;\n"),
    ("", "-- in this case\nUPDATE t SET a = 1;\n"),
    ("", 'SELECT "case", `begin`\nFROM t;\n'),
    ("", "SELECT t.case FROM t;\n"),
    ("", "INSERT INTO t VALUES ('in case\nof fire');\n"),
    ("", "SELECT a,\n    CASE WHEN a THEN 'the end' ELSE b END\nFROM t;\n"),
    ("", "SELECT a,\n    CASE\n        WHEN a THEN b\n        ELSE c\n    END\nFROM t;\n"),
    # One that its author did not end.
    ("", "SELECT a, CASE WHEN a THEN b FROM t;\n"),
    ("", "BEGIN;\n"),
    ("", "BEGIN TRANSACTION;\n"),
    ("", "DROP TABLE IF EXISTS t;\n"),
]

BLOCKS = [
    "BEGIN\n  WHILE a DO\n    SET x = 1;\n  END WHILE;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  REPEAT\n    SET x = 1;\n  UNTIL a END REPEAT;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  l: LOOP\n    SET x = 1;\n  END LOOP;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  IF a THEN\n    SET x = 1;\n  END IF;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  IF a THEN SET x = 1; END IF;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  IF a\n    AND b THEN\n    SET x = 1;\n  END IF;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  CASE a\n    WHEN 1 THEN SET x = 1;\n  END CASE;\n  SET y = 2;\nEND;\n",
    "BEGIN\n  SET x = CASE WHEN a THEN 'end' END;\n  SET y = 2; -- the end\nEND;\n",
    "BEGIN\n  WHILE a DO\n  BEGIN\n    x = 1;\n  END\n  y = 2;\nEND;\n",
    "BEGIN\n  FOR a IN b LOOP\n    x := 1;\n  END LOOP;\n  y := 2;\nEND;\n",
    "BEGIN\n  SELECT t.end, end_date FROM t;\n  SELECT 2;\nEND;\n",
]


def _shown(before: str, answer: str) -> tuple[str, str]:
    scene = scene_between(before, "\n", "sql")
    lines = answer.splitlines(keepends=True)
    arrived = ("".join(lines[:n]) for n in range(1, len(lines) + 1))
    stopped = next((text for text in arrived if enough(text, scene)), "")
    assert stopped, "the stream never stops"
    shaped = run(answer, scene)
    assert isinstance(shaped, Shaped)
    assert run(stopped, scene) == shaped
    return before, shaped.text


@pytest.mark.parametrize(("before", "statement"), STATEMENTS)
def test_a_statement_ends_at_its_semicolon(before: str, statement: str) -> None:
    assert _shown(before, statement + _MORE) == (before, statement.rstrip())


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_ends_at_its_end(block: str) -> None:
    head = "CREATE PROCEDURE p()\n"
    assert _shown(head, block + _MORE) == (head, block.rstrip())
