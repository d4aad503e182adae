"""The same searches, machine and load for khabar and for comparable systems."""
