"""The network: the only room that does HTTP. What leaves the machine leaves through here, and is written down."""
