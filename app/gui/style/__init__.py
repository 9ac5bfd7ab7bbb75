"""How everything looks: calm, in the system's own light or dark."""
