"""From texts to raw vectors, through a cache. Imported by `vectors`, `store`, `encoders`, `alerts`, gate and builds."""
