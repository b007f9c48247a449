"""Drift: what somebody changed, deleted or added by hand. One stage names it, the next deployment repairs it."""
