"""Time to encode a query with each query encoder of a store, and cost of the first build with each."""
