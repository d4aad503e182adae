"""The command `khabar` over stores of the fake encoder: `python -m tests.khabar_fake COMMAND ...`."""

from search_api import cli
from tests.serve_fake import use_fake_backend

use_fake_backend()

if __name__ == "__main__":
    cli.main()
