"""What can be searched, one file a kind of source behind one interface. Knows nothing of grades."""
