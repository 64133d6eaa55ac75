"""What belongs to a word, in any language."""


def is_word_character(character: str) -> bool:
    """Whether a character may stand in a word: a letter, a digit or an underscore."""
    return character.isalnum() or character == "_"
