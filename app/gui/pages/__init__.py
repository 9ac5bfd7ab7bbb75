"""One page a step: start, running, the case with its rows and its documents."""
