"""``python -m codestral_ls`` is ``codestral-ls``."""

import sys

from codestral_ls.commands.cli import main

sys.exit(main())
