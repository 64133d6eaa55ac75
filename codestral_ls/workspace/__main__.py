"""``python -m codestral_ls.workspace`` is the embedded provider's child process."""

import sys

from codestral_ls.workspace.process import main

sys.exit(main())
