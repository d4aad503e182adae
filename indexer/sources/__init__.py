"""One module per input format, each turning a file into articles."""
