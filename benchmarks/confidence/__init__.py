"""Confidence: whether the service knows that a query has no answer, on queries whose answers are left out."""
