"""Who is asked for completions: the table, the contract, and one folder per family of servers."""
