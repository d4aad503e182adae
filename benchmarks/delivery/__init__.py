"""Several searches in one request, and exports of many hits: what they take, and what they keep."""
