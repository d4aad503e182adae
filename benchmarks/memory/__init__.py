"""What a server holds in memory, by paragraphs and by processes."""
