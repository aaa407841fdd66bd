"""What operators watch with: each alarm of docs/operations.md has a rule, and nothing asks for what isn't told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import prometheus_client
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.postgres.roles import SERVICES
from shared.messaging import metrics
from shared.runtime import metrics as work_metrics
from tests.operations import document

FOLDER = Path(__file__).parents[2] / "deploy" / "observability"
# What Prometheus, Python's client and the machine's exporter tell besides.
OTHERS = {
    "up",
    "process_resident_memory_bytes",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "probe_ssl_earliest_cert_expiry",
}
FIGURE = re.compile(r"\b(?:alumnibus|node|probe|process)_\w+|\bup\b")
# The rows of the document's table: the figures of the first cell, and the section that the second leads to.
ROW = re.compile(r"^\| (`alumnibus.*?) \| (.*?) \|$", re.MULTILINE)


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def rules() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in read("alerts.yaml")["groups"] for rule in group["rules"]}


def told() -> set[str]:
    """The figures that services tell."""
    every = [*vars(metrics).values(), *vars(work_metrics).values()]
    names = set()
    for metric in (metric for metric in every if isinstance(metric, MetricWrapperBase)):
        family = next(iter(metric.describe())).name
        match metric:
            case prometheus_client.Counter():
                names.add(f"{family}_total")
            case prometheus_client.Histogram():
                names |= {f"{family}_{part}" for part in ("bucket", "count", "sum")}
            case _:
                names.add(family)
    return names


def alarms() -> Iterator[tuple[str, str]]:
    """Each figure of the document that has an alarm, and the section where that leads."""
    for figures, alarm in ROW.findall(document.sections()["Metrics to watch"]):
        for section in re.findall(r"\(#([\w-]+)\)", alarm):
            for figure in re.findall(r"`(alumnibus_\w+)", figures):
                yield figure, section


def test_each_alarm_of_the_document_has_a_rule_that_leads_to_its_section() -> None:
    ruled = {
        (figure, rule["annotations"]["runbook"].removeprefix("docs/operations.md#"))
        for rule in rules().values()
        for figure in FIGURE.findall(rule["expr"])
    }

    assert set(alarms())
    assert set(alarms()) - ruled == set()


def test_each_rule_leads_to_a_section_of_the_document() -> None:
    sections = {f"docs/operations.md#{document.anchor(heading)}" for heading in document.sections()}

    assert {rule["annotations"]["runbook"] for rule in rules().values()} - sections == set()


def test_each_rule_is_raised_by_a_test_of_its_own() -> None:
    cases = [case for test in read("alerts_test.yaml")["tests"] for case in test["alert_rule_test"]]

    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == set(rules())


def test_rules_and_dashboards_ask_only_for_what_is_told() -> None:
    asked = [rule["expr"] for rule in rules().values()]
    for file in (FOLDER / "dashboards").glob("*.json"):
        panels = json.loads(file.read_text("utf-8"))["panels"]
        asked += [target["expr"] for panel in panels for target in panel["targets"]]

    assert len(asked) > len(rules())
    assert {figure for query in asked for figure in FIGURE.findall(query)} - told() - OTHERS == set()


def test_each_service_is_asked_for_its_figures() -> None:
    jobs = {job["job_name"] for job in read("prometheus.yaml")["scrape_configs"]}

    assert jobs == {*SERVICES, "machine", "partners-listener"}


def test_alarms_know_what_is_ours_by_a_label_that_each_of_our_figures_has() -> None:
    [pods] = read("../kubernetes/base/prometheus.yaml")["spec"]["podMetricsEndpoints"]
    ours = rules()["ProcessGone"]["expr"]

    assert ours == 'up{platform="alumnibus"} == 0'
    assert pods["relabelings"] == [{"targetLabel": "platform", "replacement": "alumnibus"}]
    for job in read("prometheus.yaml")["scrape_configs"]:
        assert {"target_label": "platform", "replacement": "alumnibus"} in job["relabel_configs"]


def test_the_certificate_that_is_watched_is_the_one_that_partners_meet() -> None:
    compose = yaml.safe_load((FOLDER.parent / "compose.yaml").read_text("utf-8"))["services"]
    [job] = [job for job in read("prometheus.yaml")["scrape_configs"] if "params" in job]
    kafka, _, port = job["params"]["target"][0].partition(":")
    exporter = compose[job["static_configs"][0]["targets"][0].partition(":")[0]]

    assert [mapping.rpartition(":")[2] for mapping in compose[kafka]["ports"]] == [port]
    assert job["params"]["module"][0] in read("blackbox.yaml")["modules"]
    assert set(exporter["networks"]) & set(compose[kafka]["networks"])
    assert set(exporter["networks"]) & set(compose["prometheus"]["networks"])


def test_traces_go_where_the_document_says_and_are_seen_where_it_says() -> None:
    section = document.sections()["Traces"]
    [endpoint] = re.findall(r"`OTEL_EXPORTER_OTLP_ENDPOINT=(.+?)`", section)
    compose = yaml.safe_load((FOLDER.parent / "compose.yaml").read_text("utf-8"))["services"]
    collector, jaeger = compose[str(urlsplit(endpoint).hostname)], compose["jaeger"]
    taken, kept = read("collector.yaml"), read("jaeger.yaml")

    for service in SERVICES:
        environment = compose[service]["environment"]
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "${OTEL_EXPORTER_OTLP_ENDPOINT:-}"
        assert set(compose[service]["networks"]) & set(collector["networks"])
    assert set(collector["networks"]) & set(jaeger["networks"])
    assert {*collector["profiles"], *jaeger["profiles"]} == {"observability"}
    assert taken["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(f":{urlsplit(endpoint).port}")
    handed = taken["exporters"]["otlp"]["endpoint"].partition(":")
    assert kept["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].endswith(f":{handed[2]}")
    assert compose[handed[0]] is jaeger
    shown = kept["extensions"]["jaeger_query"]["http"]["endpoint"].partition(":")[2]
    assert jaeger["ports"] == [f"127.0.0.1:${{ALUMNIBUS_JAEGER_PORT:-{shown}}}:{shown}"]
    assert f"<http://localhost:{shown}>" in section
