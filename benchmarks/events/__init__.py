"""Events: whether the halves of one document, in two languages and hidden among other news, become one event."""
