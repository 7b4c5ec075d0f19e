"""mockvault, a Vault that tests can command.

The wheel carries the program; find_mockvault() says where it is. Server starts
it, and gives each test a Vault of its own; so do the fixtures of the pytest
plugin.
"""

from importlib import metadata

from mockvault.binary import find_mockvault
from mockvault.control import ControlError
from mockvault.server import Server
from mockvault.vault import ClaimError, Clock, Vault

__all__ = ["ClaimError", "Clock", "ControlError", "Server", "Vault", "find_mockvault"]


def __getattr__(name):
    """__version__ is the installed package's."""
    if name == "__version__":
        return metadata.version("mockvault")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
