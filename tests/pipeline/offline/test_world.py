"""The closed world leaves nothing of the machine's network, sockets and credentials to what runs in it."""

from pathlib import Path

from pipeline.offline import stage, world

SCRATCH = Path("/scratch")


def test_neither_proxies_nor_sockets_nor_credentials_come_along() -> None:
    machine = {
        "PATH": "/usr/bin",
        "HOME": "/root",
        "https_proxy": "http://proxy.example:3128",
        "HTTP_PROXY": "http://proxy.example:3128",
        "ALL_PROXY": "socks5://proxy.example",
        "DOCKER_HOST": "unix:///run/docker.sock",
        "SSH_AUTH_SOCK": "/run/agent",
        "GOPROXY": "file:///mirror",
        "PORTCULLIS_ASKED": "offline-proof",
        "PORTCULLIS_BEGAN": "1",
    }
    assert world.environment(machine, SCRATCH) == {
        "PATH": "/usr/bin",
        "HOME": "/root",
        "XDG_STATE_HOME": "/scratch/state",
        "PORTCULLIS_SUPPLIER": "source",
        "PORTCULLIS_OFFLINE": "1",
    }


def test_sockets_temporary_files_resolver_and_engine_are_hidden_behind_the_worlds_own() -> None:
    assert [words[-1] for words in world.mounts(SCRATCH, Path("/cache"))] == [
        "/run",
        "/cache/engine",
        "/etc/resolv.conf",
        "/var/lib/docker",
        str(Path("/", "tmp")),
    ]


def test_the_world_has_namespaces_of_its_own_and_ends_with_its_maker() -> None:
    words = world.unshared()
    assert words[:3] == ["setpriv", "--pdeathsig", "KILL"]
    assert {"--net", "--mount", "--pid", "--kill-child"} <= set(words)


def test_the_only_way_on_leads_to_the_border() -> None:
    routes = [words for words in world.cards() if "route" in words]
    assert [words[-1] for words in routes] == [world.NEAR, world.NEAR]
    assert ["ip", "link", "add", world.NEAR, "type", "veth", "peer", "name", world.BORDER] in world.cards()


def test_the_control_groups_of_its_containers_and_no_others_are_taken_away(tmp_path: Path) -> None:
    scratch, groups = tmp_path / "offline", tmp_path / "groups"
    (scratch / "docker" / "containers" / "aaaa").mkdir(parents=True)
    for controller in ("cpu", "memory"):
        (groups / controller / "docker" / "aaaa" / "kubepods" / "pod1").mkdir(parents=True)
        (groups / controller / "docker" / "bbbb").mkdir(parents=True)
    stage.clear(scratch, groups)
    assert not scratch.exists()
    assert sorted(path.relative_to(groups).as_posix() for path in groups.rglob("*") if path.is_dir()) == [
        "cpu",
        "cpu/docker",
        "cpu/docker/bbbb",
        "memory",
        "memory/docker",
        "memory/docker/bbbb",
    ]


def test_clearing_where_nothing_is_left_does_nothing(tmp_path: Path) -> None:
    stage.clear(tmp_path / "offline", tmp_path)
    assert list(tmp_path.iterdir()) == []
