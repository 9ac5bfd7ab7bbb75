"""What lists and tables show, apart from how they look."""
