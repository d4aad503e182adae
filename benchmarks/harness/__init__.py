"""What every run needs: command line, child process, description, records, statistics, report. Benchmarks import it."""
