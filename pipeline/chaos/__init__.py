"""Faults done to the running cluster and to the pipeline itself, under load: what users notice, and how it becomes whole again."""
