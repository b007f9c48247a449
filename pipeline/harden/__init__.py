"""Reads the running cluster and judges it, control by control: CIS Kubernetes Benchmark 1.11, NSA/CISA guide 1.2, kube-bench."""
