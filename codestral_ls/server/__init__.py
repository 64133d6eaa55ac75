"""LSP, and nothing else: only this folder knows pygls and lsprotocol.

``transport`` moves messages and ends the process, ``protocol`` fits pygls to real clients,
``handlers`` says what each message does, ``replies`` turns outcomes into answers.
"""
