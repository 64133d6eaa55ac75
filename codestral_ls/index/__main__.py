"""``python -m codestral_ls.index`` is the index's child process."""

import sys

from codestral_ls.index.process import main

sys.exit(main())
