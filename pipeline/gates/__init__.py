"""Gates: stages that can only say no. A check turns files into a report, `verdict` turns reports into yes or no, and nothing else does."""
