"""What the Nox sessions do: one module per concern, one function per stage.

Side effects live in `process`, `store` and the stage functions; everything that decides is a pure function next to them.
"""
