"""What figures say, in English and Chinese: the catalogue, symbols, lines of statistics, notes on methods."""
