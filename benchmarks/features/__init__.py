"""Features: what each option of a search costs under load, and what words and events cost a build and a store."""
