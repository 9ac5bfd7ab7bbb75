"""How many altered copies are found, how many strangers are taken for copies: our search beside the field's methods."""
