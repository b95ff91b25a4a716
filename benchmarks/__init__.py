"""Every figure in the README can be made again from here: `make bench`, or `python -m benchmarks.<name>` for one."""
