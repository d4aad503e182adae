"""Processes of the service: what systemd gives them and hears of them, how they are watched, replaced and stopped."""
