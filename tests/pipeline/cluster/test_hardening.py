"""The API server's manifest gets its audit folder, once."""

from typing import Any

from pipeline.cluster import hardening

SERVER = {"name": "kube-apiserver", "image": "x", "volumeMounts": [{"mountPath": "/etc/ssl/certs", "name": "ca-certs", "readOnly": True}]}
MANIFEST: dict[str, Any] = {
    "kind": "Pod",
    "spec": {"hostNetwork": True, "containers": [SERVER], "volumes": [{"name": "ca-certs", "hostPath": {"path": "/etc/ssl/certs"}}]},
}


def test_the_audit_folder_of_the_node_is_mounted_and_nothing_else_changes() -> None:
    assert hardening.with_audit_folder(MANIFEST) == {
        "kind": "Pod",
        "spec": {
            "hostNetwork": True,
            "containers": [{**SERVER, "volumeMounts": [*SERVER["volumeMounts"], {"mountPath": "/var/log/kubernetes", "name": "audit"}]}],
            "volumes": [
                *MANIFEST["spec"]["volumes"],
                {"name": "audit", "hostPath": {"path": "/var/log/kubernetes", "type": "DirectoryOrCreate"}},
            ],
        },
    }


def test_a_manifest_that_has_it_stays_as_it_is() -> None:
    once = hardening.with_audit_folder(MANIFEST)
    assert hardening.with_audit_folder(once) == once
