"""Tables of links and hashes, as data sets are published: read in blocks of columns, and row by row on demand."""
