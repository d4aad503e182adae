"""Files of a store that are written whole: durable writes, locks, and files that people edit."""
