"""mockvault, a Vault that tests can command. The package carries the program;
find_mockvault() says where it is."""
import os
import sysconfig

__version__ = "@VERSION@"


def find_mockvault():
    """The program's path: where pip put this package's scripts."""
    folders = [sysconfig.get_path("scripts"),
               sysconfig.get_path("scripts", os.name + "_user")]
    # pip install --target and --prefix know no scheme: bin stands beside.
    here = os.path.dirname(os.path.abspath(__file__))
    folders += [os.path.join(here, "..", "bin"),
                os.path.join(here, "..", "..", "..", "..", "bin")]
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, "mockvault"))
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError("no mockvault in " + ", ".join(folders))
