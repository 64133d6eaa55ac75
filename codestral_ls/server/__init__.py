"""The protocol edge. Only this package and ``documents`` know LSP.

``protocol`` fits pygls to real clients, ``transport`` moves messages and ends the process,
``features`` says what each message does, ``replies`` turns outcomes into answers.
"""
