"""What a process of the service shows an operator: its checks, and its metrics."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.processes import Process


async def read_checks(process: Process) -> dict[str, str]:
    """What `/readyz/all` says of each part: "ok", or its trouble. Raises httpx.TransportError if nobody answers."""
    answer = await _get(process, "/readyz/all")
    return {part: str(state) for part, state in answer.json()["checks"].items()}


async def read_metric(process: Process, name: str) -> float:
    """The sum of all samples of this name in `/metrics`. Raises LookupError if there is none."""
    families = text_string_to_metric_families((await _get(process, "/metrics")).text)
    values = [sample.value for family in families for sample in family.samples if sample.name == name]
    if not values:
        raise LookupError(f"no sample of {name}")
    return sum(values)


async def _get(process: Process, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=process.base_url, timeout=10) as http:
        return await http.get(path)
