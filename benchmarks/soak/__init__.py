"""Faults on purpose: builds killed, files damaged, versions swapped under load."""
