"""Pages for people: HTML and SVG by small pure functions, in one self-contained file that asks nobody for anything."""
