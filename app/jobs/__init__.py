"""Starts, watches and stops job processes: the only way in which the program does heavy or dangerous work. Qt-free."""
