"""Webhooks: sending the alerts of saved searches to addresses, signed. Imported by `alerts_cli.py`."""
