"""From files and folders to articles. Imported by `reporting` and every room above."""
