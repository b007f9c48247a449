"""What can be wrong with a machine, and what to type: one check a line, each of which works on a machine where anything may be broken."""
