"""Texts without a name: which of them may be a file of secrets."""

from __future__ import annotations

import pytest

from codestral_ls.privacy.unnamed import sets_variables


@pytest.mark.parametrize(
    "text",
    [
        "A=",
        "# keys\nAPI_KEY=abc\n\nexport DB_URL=x\nPORT=",
        "  TOKEN=x\n\n\n# more\nand a line of text\nKEY2=y",
    ],
)
def test_lines_that_set_variables_may_be_of_env(text: str) -> None:
    assert sets_variables(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n\n",
        "import os\n\nDEBUG = True\nAPI_KEY = os.environ[",
        "#!/bin/sh\nDIR=/tmp\ncd $DIR\nfor file in *; do\n  echo $file\ndone\nls ",
        "total=1\nprice=2\n",
    ],
)
def test_code_may_be_sent(text: str) -> None:
    assert not sets_variables(text)
