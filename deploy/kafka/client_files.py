"""The files that a partner gets: how its client finds the brokers and signs in, and a first program."""

from pathlib import Path

from shared.messaging.kafka import MECHANISM, Kafka

AUTHORITY = "ca.pem"
JAVA = "client.properties"
LIBRDKAFKA = "librdkafka.properties"
PROGRAM = "first.py"
_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required"


def build_program(group: str, topic: str) -> str:
    """A first program, which prints what is on a topic and what comes; it needs confluent-kafka."""
    return _PROGRAM.format(group=group, topic=topic, settings=LIBRDKAFKA)


_PROGRAM = """\
from confluent_kafka import Consumer

settings = dict(line.strip().split("=", 1) for line in open("{settings}"))
consumer = Consumer({{**settings, "group.id": "{group}", "auto.offset.reset": "earliest"}})
consumer.subscribe(["{topic}"])
while True:
    if record := consumer.poll(1):
        print(record.error() or (dict(record.headers())["ce_type"], record.key(), record.value()), flush=True)
"""


def build_files(kafka: Kafka, program: str = "") -> dict[str, str]:
    """Text by file name: settings for Java's clients, and for librdkafka's (Python, Go, .NET, kcat), the authority,
    and the program if there is one."""
    files = _build_settings(kafka) | ({PROGRAM: program} if program else {})
    return files | ({AUTHORITY: Path(kafka.ca).read_text("utf-8")} if kafka.ca else {})


def _build_settings(kafka: Kafka) -> dict[str, str]:
    reached = [("bootstrap.servers", kafka.servers), ("security.protocol", kafka.security_protocol)]
    java, librdkafka = [*reached], [*reached]
    if kafka.user:
        login = f'{_LOGIN} username="{kafka.user}" password="{kafka.password}";'
        java += [("sasl.mechanism", MECHANISM), ("sasl.jaas.config", login)]
        librdkafka += [
            ("sasl.mechanism", MECHANISM),
            ("sasl.username", kafka.user),
            ("sasl.password", kafka.password),
        ]
    if kafka.ca:
        java += [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", AUTHORITY)]
        librdkafka += [("ssl.ca.location", AUTHORITY)]
    return {JAVA: _join(java), LIBRDKAFKA: _join(librdkafka)}


def write_files(folder: Path, kafka: Kafka, program: str = "") -> None:
    """Write them into a folder that its owner alone can read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in build_files(kafka, program).items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")


def _join(settings: list[tuple[str, str]]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings)
