"""Finding, loading (the only use of torch) and exporting models; embedding. Imported by builds and commands."""
