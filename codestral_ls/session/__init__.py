"""From settings and keys to a working engine; the same for the server and the command line."""
