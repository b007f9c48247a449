"""One module per tool: how it is called, and how its words become findings."""
