"""``python -m codestral_ls`` is ``codestral-ls``."""

import sys

from codestral_ls.cli import main

sys.exit(main())
