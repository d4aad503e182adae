"""Text that may stand in XML."""


def xml_text(text: str) -> str:
    """Return `text` without the characters that XML 1.0 does not allow."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
