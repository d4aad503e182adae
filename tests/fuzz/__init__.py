"""Fuzzing that is started by hand for as long as you like; the tests run a short piece of each."""
