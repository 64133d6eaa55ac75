"""``python -m codestral_ls.workspace.index`` is the index's child process."""

import sys

from codestral_ls.workspace.index.process import main

sys.exit(main())
