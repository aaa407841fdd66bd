"""The topic catalogue: who owns each topic, its key, kind, audience, schema, and what its messages mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.contracts import events, matching, members, notifications
from shared.contracts.model import Contract

DAY = 24 * 60 * 60 * 1000
HOUR = 60 * 60 * 1000
OUTBOUND = "notifications.outbound."


def source_of(service: str) -> str:
    """The `ce_source` of all that a service sends."""
    return f"/alumnibus/{service}"


@dataclass(frozen=True)
class Topic:
    """One topic. `types` maps each message type to what it means.

    A *state* topic is compacted: one schema of the aggregate's full state for all types; the type says what
    happened last, and `gone` that nothing is left. A *log* topic is deleted by age: each message must be seen.

    `owner` is the one service that writes it, `readers` are those that consume it, and `identity` is the field of its
    data that is the key (empty: none is).

    Whoever reads an *anonymous* topic shall not find out whose act a message is about: its id and its time say the
    day, and it goes out in a release.
    """

    name: str
    owner: str
    key: str
    kind: Literal["state", "log"]
    audience: Literal["public", "organisation", "internal"]
    personal: bool
    model: type[Contract]
    types: Mapping[str, str] = field(hash=False)
    partitions: int = 12
    retention_days: int | None = None
    gone: str = ""
    anonymous: bool = False
    identity: str = ""
    readers: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The `ce_source` of its messages."""
        return source_of(self.owner)

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's settings for this topic, times in ms."""
        if self.kind == "log":
            return {"cleanup.policy": "delete", "retention.ms": str((self.retention_days or 7) * DAY)}
        state = {"cleanup.policy": "compact", "delete.retention.ms": str(30 * DAY)}
        if self.personal:
            return state | {
                "min.compaction.lag.ms": "0",
                "max.compaction.lag.ms": str(DAY),
                "segment.ms": str(12 * HOUR),
            }
        return state | {"min.compaction.lag.ms": str(30 * DAY)}


ORGANISATION = Topic(
    "members.organisation.v1",
    owner="members",
    readers=("events", "notifications"),
    key="organisation",
    kind="state",
    audience="public",
    personal=False,
    model=members.Organisation,
    types={
        "OrganisationAdded": "An organisation takes part in the network.",
        "OrganisationChanged": "What is known of an organisation changed.",
        "OrganisationGone": "A restore of the database undid an organisation; the record has no data.",
    },
    gone="OrganisationGone",
    identity="organisation",
)
MEMBER = Topic(
    "members.member.v1",
    owner="members",
    key="public id",
    kind="state",
    audience="public",
    personal=False,
    model=members.Member,
    types={
        "MemberJoined": "Someone became a member, or of one more organisation or programme.",
        "MemberLeft": "A member left, or a restore undid that one joined; the record has no data.",
    },
    gone="MemberLeft",
    anonymous=True,
    identity="public_id",
)
PROFILE = Topic(
    "members.profile.v1",
    owner="members",
    readers=("events", "matching", "notifications"),
    key="member",
    kind="state",
    audience="internal",
    personal=True,
    model=members.Profile,
    types={
        "MemberJoined": "A person became a member.",
        "MemberChanged": "A member's profile or affiliations changed.",
        "MemberErased": "The member's data is gone; the record has no data.",
    },
    gone="MemberErased",
    identity="member",
)
ERASURE = Topic(
    "members.erasure.v1",
    owner="members",
    readers=("events", "matching", "notifications"),
    key="member",
    kind="log",
    audience="internal",
    personal=False,
    model=members.Erasure,
    types={"ErasureOrdered": "Every service removes this member from its tables."},
    retention_days=365,
    identity="member",
)


def _erasure_reports(owner: str) -> Topic:
    return Topic(
        f"{owner}.erasure.v1",
        owner=owner,
        readers=("members",),
        key="member",
        kind="log",
        audience="internal",
        personal=False,
        model=members.ErasureReport,
        types={"ErasureCarriedOut": "The service has removed this member from its tables."},
        retention_days=365,
        identity="member",
    )


EVENTS_ERASURE = _erasure_reports("events")
MATCHING_ERASURE = _erasure_reports("matching")
NOTIFICATIONS_ERASURE = _erasure_reports("notifications")
ERASURE_REPORTS = (EVENTS_ERASURE, MATCHING_ERASURE, NOTIFICATIONS_ERASURE)
OFFER = Topic(
    "events.offer.v1",
    owner="events",
    readers=("notifications",),
    key="offer",
    kind="state",
    audience="public",
    personal=False,
    model=events.Offer,
    types={
        "EventScheduled": "An offer was published.",
        "EventChanged": "An offer changed, or the counts of its places did.",
        "EventCancelled": "An offer will not take place.",
        "EventGone": "A restore of the database undid an offer; the record has no data.",
    },
    gone="EventGone",
    identity="offer",
)
REGISTRATION = Topic(
    "events.registration.v1",
    owner="events",
    readers=("notifications",),
    key="registration",
    kind="state",
    audience="internal",
    personal=True,
    model=events.Registration,
    types={
        "Registered": "A member has a place.",
        "Waitlisted": "A member waits for a place.",
        "Withdrawn": "A member gave the registration back.",
        "RegistrationErased": "The member's data is gone, or a restore undid it; the record has no data.",
    },
    gone="RegistrationErased",
    identity="registration",
)
_STEPS = {
    "MentorshipRequested": "Someone asks for an adviser on a region.",
    "AdviserProposed": "A contact person proposed an adviser.",
    "ProposalAccepted": "The adviser accepted; the requester decides.",
    "MentorshipAgreed": "Adviser and requester agreed.",
    "MentorshipEnded": "The request or the mentorship came to its end.",
    "MentorshipReopened": "A proposal was declined or lapsed, or its adviser is gone; the desk looks again.",
}
REQUEST = Topic(
    "matching.request.v1",
    owner="matching",
    key="the request's public id",
    kind="state",
    audience="public",
    personal=False,
    model=matching.Request,
    types={
        **_STEPS,
        "RequestGone": "A restore of the database undid a request; the record has no data.",
    },
    gone="RequestGone",
    anonymous=True,
    identity="request",
)
MENTORSHIP = Topic(
    "matching.mentorship.v1",
    owner="matching",
    readers=("notifications",),
    key="request",
    kind="state",
    audience="internal",
    personal=True,
    model=matching.Mentorship,
    types={
        **_STEPS,
        "MentorshipErased": "A person in it was erased, or a restore undid it; the record has no data.",
    },
    gone="MentorshipErased",
    identity="request",
)


def outbound(organisation: str) -> Topic:
    """The topic of finished notifications for one organisation's own systems."""
    return Topic(
        f"{OUTBOUND}{organisation}.v1",
        owner="notifications",
        key="the member's id for this organisation",
        kind="log",
        audience="organisation",
        personal=True,
        model=notifications.Notification,
        types={"NotificationReady": "A finished text for one recipient."},
        partitions=1,
        retention_days=7,
    )


def name_schema(topic: str) -> str:
    """The URI that names the schema of a topic's data: `ce_dataschema`, and the schema's own `$id`.

    It is absolute, as CloudEvents wants it, and the same wherever the services are reached, so that a record that goes
    out again is as it was. Each service answers the schema itself at `/schemas/<topic>.json`.
    """
    if topic.startswith(OUTBOUND):
        topic = outbound("organisation").name
    return f"urn:alumnibus:schema:{topic}"


TOPICS = (
    ORGANISATION,
    MEMBER,
    PROFILE,
    ERASURE,
    OFFER,
    REGISTRATION,
    REQUEST,
    MENTORSHIP,
    *ERASURE_REPORTS,
)
ANONYMOUS = frozenset(topic.name for topic in TOPICS if topic.anonymous)
