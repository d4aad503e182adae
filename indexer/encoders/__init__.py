"""Find, check, load (only here torch), export models; count tokens. Imported by `alerts` and builds."""
