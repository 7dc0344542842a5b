"""What became of a paper's claims: verdicts, with the published and the reproduced numbers behind them."""
