"""khabar and comparable systems under the same load: same paragraphs, vectors, queries and machine."""
