"""How far the centre of a rare language should be drawn towards the default."""
