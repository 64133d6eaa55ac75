"""The providers of completions: the table, the protocol, and one folder per family of servers."""
