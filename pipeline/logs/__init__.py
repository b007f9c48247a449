"""The service's own lines of log, of all instances, in the order of time."""
