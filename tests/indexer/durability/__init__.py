"""What survives a power cut, a killed process and a full disk: shown for every single operation on files."""
