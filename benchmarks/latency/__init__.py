"""How long a search takes under load, and what it could take at best."""
