"""Hostile load: faulty requests, silent connections, random requests, overload, deep pages."""
