"""Which address, account or name in a row is the artist's? Knows words and addresses; opens nothing."""
