"""Finding, checking, loading (torch is used only here) and exporting models; embedding passages. Imported by builds."""
