"""Makes a virtual environment with the server in it: ``python -I install.py TARGET``.

The wheels beside this file only need unpacking. So neither a network is needed nor pip, which
Debian keeps in another package. There are compiled wheels for several versions of Python.
"""

import compileall
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

target = Path(sys.argv[1])
venv.create(target, with_pip=False, symlinks=os.name != "nt")
python = target / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
where = subprocess.run(  # noqa: S603  # the Python that was just put there
    [python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
    capture_output=True,
    check=True,
    text=True,
)
packages = Path(where.stdout.strip())
for wheel in Path(__file__).parent.glob("*.whl"):
    *_, made_for, interface, _platform = wheel.stem.split("-")
    oldest = int(made_for.removeprefix("cp3")) if interface != "none" else 0
    minor = sys.version_info.minor
    if oldest > minor or (oldest < minor and interface == made_for):
        continue
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
# Otherwise the first start would compile them, during the first keystrokes.
compileall.compile_dir(packages, quiet=2)
