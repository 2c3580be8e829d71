"""The benchmarks of `make bench`: each a module with `run(rounds, say)`, its yardsticks measured in the same run."""
