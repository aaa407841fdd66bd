"""The document for operators is whole and true: each section is walked, each figure and event is there."""

import ast

import prometheus_client
import pytest
from prometheus_client.metrics import MetricWrapperBase

from shared.messaging import metrics
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime import metrics as work_metrics
from shared.runtime.service import PARTS
from shared.testing.services import running_service
from tests.architecture.sources import calls, modules
from tests.operations import document
from tests.operations.operator import Log, Operator
from tests.shared.toy.app import compose
from tests.shared.toy.parts import count_up, took_effect

# What is written like the key of a log line, and is a setting of Kafka.
SETTINGS = {"max.message.bytes"}


def constants(tree: ast.AST) -> set[object]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def declared() -> dict[str, MetricWrapperBase]:
    """The metrics of messaging and of workers by the name with which the document has them."""
    every = [*vars(metrics).values(), *vars(work_metrics).values()]
    found = [metric for metric in every if isinstance(metric, MetricWrapperBase)]
    return {family.name + suffix(metric): metric for metric in found for family in metric.describe()}


def suffix(metric: MetricWrapperBase) -> str:
    return "_total" if isinstance(metric, prometheus_client.Counter) else ""


def test_each_section_with_commands_is_walked() -> None:
    walked = {
        ast.literal_eval(call.args[0])
        for _, tree in modules("tests/operations", "tests/compose", "tests/deploy/kubernetes")
        for name, call in calls(tree)
        if name == "walking"
    }
    with_commands = {heading for heading, text in document.sections().items() if document.commands(text)}

    assert with_commands
    assert with_commands - walked == set()


def test_each_link_within_the_document_leads_to_a_section() -> None:
    assert document.anchors() - {document.anchor(heading) for heading in document.sections()} == set()


def test_each_event_of_the_document_is_logged_somewhere() -> None:
    named = {word for _, tree in modules("shared", "services") for word in constants(tree)}

    assert document.keys() - SETTINGS - named == set()


def test_each_gauge_stands_in_the_table_with_its_labels() -> None:
    gauges = {
        name: metric._labelnames
        for name, metric in declared().items()
        if isinstance(metric, prometheus_client.Gauge)
    }

    assert gauges
    assert gauges.items() <= document.list_metrics().items()


async def test_each_figure_of_the_table_is_told_by_a_running_service(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    async with running_service(compose(), PARTS) as running:
        await Operator(log).all_is_well(running)
        await count_up(pool, "a")
        await took_effect(pool, {"a": [1]})
        told = (await running.http.get("/metrics")).text

    unknown = [name for name in document.list_metrics() if f"# TYPE {name} " not in told]
    labelled = {name: labels for name, labels in document.list_metrics().items() if labels}
    assert unknown == []
    assert labelled == {name: declared()[name]._labelnames for name in labelled}
