"""A server of the Model Context Protocol: search as tools for language models. Needs `khabar[mcp]`; docs/mcp.md."""
