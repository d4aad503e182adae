"""Stores in other places, such as a bucket: sending a store there, bringing one from there, and following it."""
