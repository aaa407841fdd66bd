"""The topic catalogue: who owns each topic, its key, kind, audience, schema, and what its messages mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from shared.contracts import events, matching, members, notifications
from shared.contracts.model import N_, Contract

DAY = 24 * 60 * 60 * 1000
HOUR = 60 * 60 * 1000
OUTBOUND = "notifications.outbound."
# With what the keys begin, and the type, of records on personal topics that are no messages (decision 9).
ROLL = "_roll"


def source_of(service: str) -> str:
    """The `ce_source` of all that a service sends."""
    return f"/alumnibus/{service}"


@dataclass(frozen=True)
class Topic:
    """One topic. `title` and `about` say what it holds, `types` maps each message type to what it means.

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
    title: str = ""
    about: str = ""
    readers: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The `ce_source` of its messages."""
        return source_of(self.owner)

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's settings for this topic, times in ms."""
        if self.kind == "log":
            log = {"cleanup.policy": "delete", "retention.ms": str((self.retention_days or 7) * DAY)}
            return log | ({"segment.ms": str(12 * HOUR)} if self.personal else {})
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
    key=N_("organisation"),
    kind="state",
    audience="public",
    personal=False,
    model=members.Organisation,
    title=N_("Organisations"),
    about=N_("The organisations of the network, each as it is now."),
    types={
        "OrganisationAdded": N_("An organisation takes part in the network."),
        "OrganisationChanged": N_("What is known of an organisation changed."),
        "OrganisationGone": N_("A restore of the database undid an organisation; the record has no data."),
    },
    gone="OrganisationGone",
    identity="organisation",
)
MEMBER = Topic(
    "members.member.v1",
    owner="members",
    key=N_("public id"),
    kind="state",
    audience="public",
    personal=False,
    model=members.Member,
    title=N_("Members"),
    about=N_("That someone is a member, of which organisations and programmes. Nothing here tells who."),
    types={
        "MemberJoined": N_("Someone became a member, or of one more organisation or programme."),
        "MemberLeft": N_("A member left, or a restore undid that one joined; the record has no data."),
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
    about="All that the services need to know of a member.",
    types={
        "MemberJoined": "A person became a member.",
        "MemberChanged": "A member's profile or affiliations changed.",
        "MemberErased": "The member's data is gone; the record has no data.",
    },
    gone="MemberErased",
    identity="member",
)
ACCOUNT = Topic(
    "members.account.v1",
    owner="members",
    readers=("events", "matching", "notifications"),
    key="account",
    kind="state",
    audience="internal",
    personal=True,
    model=members.Account,
    about="Who signs in, for which member, and with which mandates.",
    types={
        "AccountOpened": "Somebody signed in for the first time, or was invited to.",
        "AccountChanged": "Its member, mandates or identities changed, or all its sessions ended.",
        "AccountClosed": "The account is gone for good; the record has no data.",
    },
    gone="AccountClosed",
    identity="account",
)
ADDRESS_MAIL = Topic(
    "members.address-mail.v1",
    owner="members",
    readers=("notifications",),
    key="mail",
    kind="log",
    audience="internal",
    personal=True,
    model=members.AddressMail,
    about="Mails to addresses: links by which one signs in, or proves that an address is one's own.",
    types={"MailAsked": "Somebody asked for this mail; it is sent at once, or not at all."},
    retention_days=1,
    identity="mail",
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
    about="Orders to remove a member from all tables.",
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
        about="That the service has removed a member from its tables.",
        types={"ErasureCarriedOut": "The service has removed this member from its tables."},
        retention_days=365,
        identity="member",
    )


EVENTS_ERASURE = _erasure_reports("events")
MATCHING_ERASURE = _erasure_reports("matching")
NOTIFICATIONS_ERASURE = _erasure_reports("notifications")
ERASURE_REPORTS = (EVENTS_ERASURE, MATCHING_ERASURE, NOTIFICATIONS_ERASURE)
DISCLOSURE = Topic(
    "members.disclosure.v1",
    owner="members",
    readers=("events", "matching", "notifications"),
    key="member",
    kind="log",
    audience="internal",
    personal=False,
    model=members.Disclosure,
    about="Members who asked for all that is stored about them.",
    types={"DisclosureAsked": "Every service named tells what it holds about this member."},
    retention_days=1,
    identity="member",
)


def _disclosures(owner: str) -> Topic:
    return Topic(
        f"{owner}.disclosure.v1",
        owner=owner,
        readers=("members",),
        key="member",
        kind="log",
        audience="internal",
        personal=True,
        model=members.DisclosurePart,
        about="What the service holds about a member who asked for it, part by part.",
        types={"PartDisclosed": "A part of what the service holds; `last` says that no other follows."},
        retention_days=1,
        identity="member",
    )


EVENTS_DISCLOSURE = _disclosures("events")
MATCHING_DISCLOSURE = _disclosures("matching")
NOTIFICATIONS_DISCLOSURE = _disclosures("notifications")
DISCLOSURES = (EVENTS_DISCLOSURE, MATCHING_DISCLOSURE, NOTIFICATIONS_DISCLOSURE)
OFFER = Topic(
    "events.offer.v1",
    owner="events",
    readers=("notifications",),
    key=N_("offer"),
    kind="state",
    audience="public",
    personal=False,
    model=events.Offer,
    title=N_("Offers"),
    about=N_("What the organisations offer, each offer as it is now, with counts and without persons."),
    types={
        "EventScheduled": N_("An offer was published."),
        "EventChanged": N_("An offer changed, or the counts of its places did."),
        "EventCancelled": N_("An offer will not take place."),
        "EventGone": N_("A restore of the database undid an offer; the record has no data."),
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
    about="Who registered for which offer.",
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
    "MentorshipRequested": N_("Someone asks for an adviser on a region."),
    "AdviserProposed": N_("A contact person proposed an adviser."),
    "ProposalAccepted": N_("The adviser accepted; the requester decides."),
    "MentorshipAgreed": N_("Adviser and requester agreed."),
    "MentorshipEnded": N_("The request or the mentorship came to its end."),
    "MentorshipReopened": "A proposal was declined or lapsed, or its adviser is gone; the desk looks again.",
}
REQUEST = Topic(
    "matching.request.v1",
    owner="matching",
    key=N_("the request's public id"),
    kind="state",
    audience="public",
    personal=False,
    model=matching.Request,
    title=N_("Requests for advice"),
    about=N_("That someone asks for an adviser on a region, and how far it is, without the persons."),
    types={
        **_STEPS,
        "MentorshipReopened": N_(
            "On old records only: the desk looks again. It is MentorshipRequested anew now."
        ),
        "RequestGone": N_("A restore of the database undid a request; the record has no data."),
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
    about="Requests with the persons in them.",
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
        key=N_("the member's id for this organisation"),
        kind="log",
        audience="organisation",
        personal=True,
        model=notifications.Notification,
        title=N_("Notifications for your members"),
        about=N_("Finished texts for the organisation's members, to be shown in its own channel."),
        types={"NotificationReady": N_("A finished text for one recipient.")},
        partitions=1,
        retention_days=7,
        identity="recipient",
    )


@lru_cache(256)
def schema_file(topic: str) -> str:
    """The file of the schema of a topic's data: one for the topics of all organisations."""
    return f"{outbound('organisation').name if topic.startswith(OUTBOUND) else topic}.json"


def locate_schema(origin: str, topic: str) -> str:
    """Where the schema of a topic's data is read, which names it: `ce_dataschema`, and the `$id` of what is read there.

    `origin` is where clients reach the deployment, "https://host"; each service answers there (decision 17).
    """
    return f"{origin}/schemas/{schema_file(topic)}"


TOPICS = (
    ORGANISATION,
    MEMBER,
    PROFILE,
    ACCOUNT,
    ADDRESS_MAIL,
    ERASURE,
    OFFER,
    REGISTRATION,
    REQUEST,
    MENTORSHIP,
    *ERASURE_REPORTS,
    DISCLOSURE,
    *DISCLOSURES,
)
ANONYMOUS = frozenset(topic.name for topic in TOPICS if topic.anonymous)
