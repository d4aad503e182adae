"""What a build tells people: progress, stages, its report. Imported by `articles` and every room above."""
