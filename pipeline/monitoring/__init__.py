"""What watches the service: Prometheus, Alertmanager, kube-state-metrics and a pager, deployed apart from the releases and looked after."""
