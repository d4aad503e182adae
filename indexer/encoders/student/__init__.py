"""Training query encoders and adding phrases to them. Imported by the choice of one, and by commands."""
