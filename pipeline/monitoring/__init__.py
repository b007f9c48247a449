"""What watches the service: Prometheus and its rules, Alertmanager and a pager, deployed apart from the releases, and each alert proven."""
