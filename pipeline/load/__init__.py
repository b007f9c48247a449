"""Load on the deployed service, and only there: constant arrival rates, bounded in count and time, each answer judged."""
