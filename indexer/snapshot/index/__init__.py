"""Vectors, filters, facets and stories of a version. Imported by `format` and every room above."""
