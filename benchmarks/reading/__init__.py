"""Speed and memory of everything that a build does before embedding."""
