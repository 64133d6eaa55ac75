"""One request over HTTP: client, connection, bounded reading of answers, what refusals mean."""
