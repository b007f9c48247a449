"""One page about one run, for people who were not there: drawn from the evidence alone, as HTML, Markdown, SARIF and JUnit."""
