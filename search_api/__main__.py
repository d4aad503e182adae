"""`python -m search_api` is the command `khabar`."""

from search_api.cli import main

main()
