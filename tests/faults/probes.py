"""What a process of the service tells an operator: its checks, and its figures."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.processes import Process


async def checks(process: Process) -> dict[str, str]:
    """What `/readyz` says of each part: "ok", or its trouble. Raises httpx.TransportError if nobody answers."""
    answer = await _asked(process, "/readyz")
    return {part: str(told) for part, told in answer.json()["checks"].items()}


async def figure(process: Process, name: str) -> float:
    """The sum of all samples of this name in `/metrics`; 0 if there is none."""
    families = text_string_to_metric_families((await _asked(process, "/metrics")).text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


async def _asked(process: Process, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=process.door, timeout=10) as http:
        return await http.get(path)
