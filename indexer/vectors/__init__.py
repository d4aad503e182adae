"""From raw vectors to a neutral space and a chosen index. Imported by builds and the gate."""
