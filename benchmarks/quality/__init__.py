"""How well searches find what they should, in whichever language it is written."""
