"""Who may use the service, and how much of it. Imported by `state`, `app` and `routes`."""
