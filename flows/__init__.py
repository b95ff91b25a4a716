"""The order of the steps, and the Prefect flow that runs it on a schedule."""
