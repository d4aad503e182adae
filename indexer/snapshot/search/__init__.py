"""The one search: from a query to hits. Imported by the service, the command line, alerts, the gate and benchmarks."""
