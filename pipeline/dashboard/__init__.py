"""What the service does and how well, read from what watches it: a page that stands alone, and the same panels for Grafana."""
