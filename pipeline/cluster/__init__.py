"""The local cluster: a hardened minikube whose every part is pinned, on a network that leads nowhere."""
