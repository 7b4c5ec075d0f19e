"""Where the program is."""

import os
import shutil
import sysconfig


def find_mockvault():
    """The program's path: what MOCKVAULT_BIN names, where pip put this package's
    scripts, or mockvault on PATH."""
    named = os.environ.get("MOCKVAULT_BIN")
    if named:
        return named
    folders = [
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", os.name + "_user"),
    ]
    # pip install --target and --prefix know no scheme: bin stands beside.
    here = os.path.dirname(os.path.abspath(__file__))
    folders += [
        os.path.join(here, "..", "bin"),
        os.path.join(here, "..", "..", "..", "..", "bin"),
    ]
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, "mockvault"))
        if os.access(path, os.X_OK):
            return path
    found = shutil.which("mockvault")
    if found:
        return found
    raise FileNotFoundError(
        "no mockvault: MOCKVAULT_BIN does not name it, it is not on PATH, and not in "
        + ", ".join(folders)
    )
