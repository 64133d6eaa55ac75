"""The files around the document, and the processes that read them."""
