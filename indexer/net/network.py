# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user allows of the network, and where everything sent is written down."""

from dataclasses import dataclass, field
from pathlib import Path

from indexer.net.pacing import Pacing


@dataclass(frozen=True, slots=True)
class Network:
    """Passed to whatever may have to ask another computer.

    Attributes:
        ledger: file of everything sent.
        offline: nothing leaves this machine.
        allow_private_hosts: also ask this computer and its own networks.
        pacing: the pace towards each host, shared by all that are handed this.
    """

    ledger: Path
    offline: bool = False
    allow_private_hosts: bool = False
    pacing: Pacing = field(default_factory=Pacing, compare=False)
