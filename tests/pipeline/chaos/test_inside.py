"""Programs are found by their name, and only by it."""

from pipeline.chaos import inside

LISTING = """\
      1 /lib/systemd/systemd --unit=multi-user.target
    397 /usr/local/bin/containerd
   1128 /usr/local/bin/containerd-shim-runc-v2 -namespace k8s.io -id bbcc9dbd00bb
   1496 /var/lib/minikube/binaries/v1.35.1/kubelet --anonymous-auth=false
   2509 kube-apiserver --advertise-address=10.0.0.2 --kubelet-certificate-authority=/ca.crt
   3019
"""


def test_a_program_is_found_wherever_it_lies() -> None:
    assert [inside.named(LISTING, name) for name in ("containerd", "kubelet", "kube-apiserver")] == [[397], [1496], [2509]]


def test_neither_a_longer_name_nor_an_argument_is_the_program() -> None:
    assert [inside.named(LISTING, name) for name in ("container", "ca.crt", "etcd", "")] == [[], [], [], []]
