"""How fast articles are read, split and compared, everything but embedding, and in how much memory."""
