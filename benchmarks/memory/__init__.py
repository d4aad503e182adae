"""Memory of a server by number of paragraphs and of worker processes."""
