"""The table of faults in the README beside this file: ``python -m tests.faults`` prints it."""

from __future__ import annotations

from tests.faults.content import CONTENT_FAULTS
from tests.faults.fault import Fault
from tests.faults.keepers import KEEPER_FAULTS
from tests.faults.served import SERVED_FAULTS, UPGRADED
from tests.faults.setup import DEAD_CONNECTIONS, SETUP_FAULTS
from tests.faults.way import NAME_FAULTS, PROXY_FAULTS, TLS_FAULTS
from tests.faults.wire import WIRE_FAULTS

FAULTS: tuple[Fault, ...] = (
    *NAME_FAULTS,
    *TLS_FAULTS,
    *PROXY_FAULTS,
    *WIRE_FAULTS,
    DEAD_CONNECTIONS,
    *CONTENT_FAULTS,
    *SERVED_FAULTS,
    UPGRADED,
    *KEEPER_FAULTS,
    *SETUP_FAULTS,
)

MARKER = "<!-- faults -->"


def table() -> str:
    """One row for each fault."""
    heading = ["| what goes wrong | what you see | where |", "| --- | --- | --- |"]
    return "\n".join([*heading, *(fault.row() for fault in FAULTS)])


if __name__ == "__main__":
    print(table())
