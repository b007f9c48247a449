"""The proof that a run needs nothing from outside: all of it in a network namespace that ends at a border where everything is heard."""
