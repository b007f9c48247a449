"""Another service in app/: what follows from its settings is written by a command, and that it all holds is proven with a second one."""
