"""``python -m codestral_ls.workspace.completer`` is the embedded provider's child process."""

import sys

from codestral_ls.workspace.completer.process import main

sys.exit(main())
