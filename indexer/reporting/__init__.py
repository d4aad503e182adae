"""What a build reports to people: progress, stages, its report. Imported by `articles` and every room above."""
