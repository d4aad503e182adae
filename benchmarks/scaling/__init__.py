"""Which index serves how many paragraphs: time, memory and recall of every kind, far beyond one corpus."""
