"""Our sources held against the real programs of others; run by `python -m pytest -m peer -n0`, see `README.md`."""
