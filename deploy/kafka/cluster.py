"""A cluster's users, what they may do, and how much: read and changed over its administrator's connection."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError
from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest

from deploy.kafka.failures import ClusterUnusable
from deploy.kafka.grants import Grant, Kind, Operation
from shared.messaging.kafka import Kafka

PATIENCE_SECONDS = 60.0
_MECHANISM = ScramMechanism.SCRAM_SHA_512
_KINDS: dict[Kind, ResourceType] = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
_OPERATIONS: dict[Operation, ACLOperation] = {"read": ACLOperation.READ, "write": ACLOperation.WRITE}
_KIND_NAMES = {value: name for name, value in _KINDS.items()}
_OPERATION_NAMES = {value: name for name, value in _OPERATIONS.items()}
_USER = "User:"
_EXACT = 0


class Cluster:
    """What an administrator may ask. All methods raise `ClusterUnusable`."""

    def __init__(self, client: KafkaAdminClient) -> None:
        self._client = client

    def list_users(self, beginning: str = "") -> list[str]:
        """Names of users with a password that begin so, in order."""
        found = self._client.describe_user_scram_credentials()
        return sorted(user for user in found if user.startswith(beginning))

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """Let these users sign in with these passwords from now on; returns when the brokers know them."""
        self._change_users(
            [UserScramCredentialUpsertion(user, _MECHANISM, word) for user, word in passwords.items()]
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not passwords.keys() <= set(self.list_users()):
            if time.monotonic() > deadline:
                raise ClusterUnusable(f"the brokers didn't take over new users in {PATIENCE_SECONDS:g} s")
            time.sleep(0.02)

    def remove_passwords(self, users: Collection[str]) -> None:
        """Let these users, who have passwords, sign in no more. Connections that are open stay so for a while."""
        self._change_users([UserScramCredentialDeletion(user, _MECHANISM) for user in users])

    def list_grants(self, user: str) -> set[Grant]:
        """What a user may do, as far as we grant such things."""
        acls, _ = self._client.describe_acls(_match_all_of(user))
        return set(_read_grants(acls))

    def add_grants(self, grants: Iterable[Grant]) -> None:
        """Allow it."""
        wanted = [_build_acl(grant) for grant in sorted(grants)]
        failed = self._client.create_acls(wanted)["failed"] if wanted else []
        if failed:
            raise ClusterUnusable(f"the brokers refused access lists: {failed[0].__name__}")

    def remove_grants(self, grants: Iterable[Grant]) -> None:
        """Allow it no more, at once on open connections too."""
        if unwanted := [_build_acl(grant) for grant in sorted(grants)]:
            self._client.delete_acls(unwanted)

    def remove_all_grants(self, user: str) -> None:
        """Allow this user nothing more, at once on open connections too."""
        self._client.delete_acls([_match_all_of(user)])

    def read_quotas(self, user: str) -> dict[str, float]:
        """A user's quotas, by Kafka's names for them."""
        asked = [("user", _EXACT, user)]
        response = self._send(DescribeClientQuotasRequest(components=asked, strict=True))
        if response.error_code:
            raise ClusterUnusable(f"the brokers refused quotas: {response.error_message}")
        return {value.key: value.value for entry in response.entries for value in entry.values}

    def set_quotas(self, user: str, quotas: Mapping[str, float | None]) -> None:
        """Set a user's quotas by Kafka's names for them; None removes one."""
        operations = [(key, value or 0.0, value is None) for key, value in quotas.items()]
        response = self._send(
            AlterClientQuotasRequest(entries=[([("user", user)], operations)], validate_only=False)
        )
        for entry in response.entries:
            if entry.error_code:
                raise ClusterUnusable(f"the brokers refused quotas: {entry.error_message}")

    def find_topics(self, names: Collection[str]) -> set[str]:
        """Those of these topics that exist."""
        return set(names) & set(self._client.list_topics())

    def _change_users(self, changes: list[Any]) -> None:
        for user, error in self._client.alter_user_scram_credentials(changes).items():
            if error:
                raise ClusterUnusable(f"the brokers refused {user}: {error}")

    def _send(self, request: Any) -> Any:
        """kafka-python knows the requests about quotas and has no method for them."""
        manager = self._client._manager
        return manager.run(manager.send, request)


def _match_all_of(user: str) -> ACLFilter:
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(_USER + user, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)


def _build_acl(grant: Grant) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if grant.prefixed else ACLResourcePatternType.LITERAL
    return ACL(
        _USER + grant.user,
        "*",
        _OPERATIONS[grant.operation],
        ACLPermissionType.ALLOW,
        ResourcePattern(_KINDS[grant.kind], grant.name, pattern),
    )


def _read_grants(acls: Iterable[ACL]) -> Iterator[Grant]:
    """Those that are of our kinds."""
    for acl in acls:
        place, operation = acl.resource_pattern, _OPERATION_NAMES.get(acl.operation)
        if operation and place.resource_type in _KIND_NAMES:
            prefixed = place.pattern_type == ACLResourcePatternType.PREFIXED
            user, kind = acl.principal.removeprefix(_USER), _KIND_NAMES[place.resource_type]
            yield Grant(user, operation, kind, place.resource_name, prefixed)


@contextmanager
def open_cluster(kafka: Kafka) -> Iterator[Cluster]:
    """Sign in as an administrator. Raises `ClusterUnusable`."""
    try:
        client = KafkaAdminClient(**kafka.client_options, bootstrap_timeout_ms=int(PATIENCE_SECONDS * 1000))
        try:
            yield Cluster(client)
        finally:
            client.close()
    except KafkaError as error:
        raise ClusterUnusable(type(error).__name__) from error
