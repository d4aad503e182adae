"""Reading files in a child process, so that one hostile file cannot stop a build. Imported by `walk` alone."""
