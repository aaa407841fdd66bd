"""A container can do what its process needs, and nothing else."""

import pytest

from deploy.postgres.roles import SERVICES
from tests.compose.stack import Stack

pytestmark = pytest.mark.compose
PROCESSES = ("door", "kafka", "postgres", "members", "events", "matching", "notifications")
JOBS = (
    "secrets",
    "certificates",
    "database",
    "topics",
    "principals",
    "migrate-members",
    "migrate-notifications",
)
TOOLS = ("gcc", "cc", "make", "pip", "pip3", "curl", "wget")


@pytest.mark.parametrize("service", [*PROCESSES, *JOBS])
def test_no_container_is_root_or_may_become_it(stack: Stack, service: str) -> None:
    found = stack.inspect(service)
    host = found["HostConfig"]
    assert found["Config"]["User"] not in ("", "0", "root")
    assert (host["CapDrop"], host["CapAdd"] or []) == (["ALL"], [])
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert (host["Privileged"], host["ReadonlyRootfs"]) == (False, True)


@pytest.mark.parametrize("service", PROCESSES)
def test_no_process_has_a_capability_or_writes_where_it_should_not(stack: Stack, service: str) -> None:
    status = stack.inside(service, "cat", "/proc/1/status")
    granted = [line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapPrm"))]
    assert [int(mask, 16) for mask in granted] == [0, 0]
    tried = stack.inside(
        service, "sh", "-c", "touch /etc/x /usr/x /opt/x /app/x 2>/dev/null; ls /etc/x 2>&1 || true"
    )
    assert "No such file" in tried


@pytest.mark.parametrize("service", [*PROCESSES, *JOBS])
def test_memory_processors_and_logs_have_limits(stack: Stack, service: str) -> None:
    host = stack.inspect(service)["HostConfig"]
    assert host["Memory"] > 0
    assert host["NanoCpus"] > 0
    assert {"max-size", "max-file"} <= set(host["LogConfig"]["Config"])


@pytest.mark.parametrize("service", PROCESSES)
def test_what_serves_is_started_again_and_has_time_to_end(stack: Stack, service: str) -> None:
    found = stack.inspect(service)
    assert found["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert found["State"]["Health"]["Status"] == "healthy"
    assert found["Config"]["StopTimeout"] >= 30


def test_the_image_brings_no_compiler_and_no_installer(stack: Stack) -> None:
    found = stack.inside(
        "members", "sh", "-c", f"for tool in {' '.join(TOOLS)}; do command -v $tool; done; true"
    )
    assert found == ""
    modules = "import importlib.util as u; print([m for m in ('pip', 'ensurepip') if u.find_spec(m)])"
    assert stack.inside("members", "python", "-c", modules) == "[]\n"


def test_the_front_door_and_the_partners_listener_have_a_port_on_this_machine_and_nothing_else(
    stack: Stack,
) -> None:
    published = [
        (name, port["host_ip"], port["target"])
        for name, service in stack.platform["services"].items()
        for port in service.get("ports", ())
    ]
    assert sorted(published) == [("door", "127.0.0.1", 8443), ("kafka", "127.0.0.1", 9094)]


def test_nobody_reaches_the_servers_from_the_front_door_and_few_reach_the_world(stack: Stack) -> None:
    services = stack.platform["services"]
    networks = {name: set(services[name]["networks"]) for name in PROCESSES}
    assert networks["door"].isdisjoint(networks["postgres"] | networks["kafka"])
    assert {name for name in PROCESSES if "partners" in networks[name]} == {"kafka"}
    outside = {name for name, network in stack.platform["networks"].items() if not network.get("internal")}
    assert {name for name in PROCESSES if networks[name] & outside} == {"door", "kafka", *SERVICES}
