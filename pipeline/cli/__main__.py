"""`python -m pipeline.cli`, for where the package is not installed."""

from pipeline.cli import main

main()
