"""Wire shapes of notices, of a person's own contacts, and of a town's channels."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from xiangyun.kernel.notify.rules import ContactKind

Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
SecretName = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]+$")]
Carried = Literal["sms", "voice"]
Outside = Literal["sms", "mail", "voice"]
Became = Literal["queued", "sending", "sent", "delivered", "failed", "unsure", "dropped"]
Step = Literal["inbox", "sms", "mail", "voice"]
Ladder = Annotated[list[Step], Field(min_length=1, max_length=4)]


class Part(BaseModel):
    """Part of what is said of a channel."""

    model_config = ConfigDict(extra="forbid")


class NoticeBody(Part):
    """What a write may carry beside its own fields."""

    op_id: UUID | None = None


class TriedOut(BaseModel):
    """One way a notice went out, and what became of it."""

    channel: Outside
    state: Became
    at: datetime


class NoticeOut(BaseModel):
    """One notice; `subject` is what it is about, for the link, `tried` where it went beyond the inbox."""

    id: UUID
    code: str
    text: str
    subject: dict[str, str] | None
    area: str
    urgency: str
    created_at: datetime
    seen_at: datetime | None
    tried: list[TriedOut]


class SeenIn(NoticeBody):
    """The receipt."""


class ContactOut(BaseModel):
    """One's own number or address, masked: whoever gave it knows it."""

    id: UUID
    kind: ContactKind
    masked: str
    is_confirmed: bool
    code_until: datetime | None
    created_at: datetime


class ContactsOut(BaseModel):
    """One's own contacts, and which kinds this place could use."""

    items: list[ContactOut]
    possible: list[ContactKind]


class ContactIn(NoticeBody):
    """A number or address to be told by."""

    kind: ContactKind
    value: str = Field(min_length=3, max_length=120)


class ContactCodeIn(NoticeBody):
    """The code that came."""

    code: str = Field(min_length=4, max_length=12)


class ContactRemoveIn(NoticeBody):
    """No more messages there."""


class GatewaySign(Part):
    """A header with the HMAC-SHA-256 of the body (of the query, for GET), in hex."""

    header: Name
    secret: SecretName


class GatewayRequest(Part):
    """One HTTP request; `{to} {text} {key} {ref} {time} {secret.name}` are filled in."""

    method: Literal["POST", "PUT", "GET"] = "POST"
    url: str = Field(min_length=8, max_length=500)
    headers: dict[Name, Text] = {}
    form: Literal["json", "form"] = "json"
    body: dict[str, Any] = {}
    sign: GatewaySign | None = None


class GatewayAnswer(Part):
    """How the gateway says that it has a message: what stands at `good_path` is one of `good`; empty: any 2xx."""

    good_path: Text = ""
    good: list[Text] = []
    ref_path: Text = ""
    fault_path: Text = ""


Said = Literal["sent", "delivered", "failed", "unknown", "heard"]


class GatewayStatus(GatewayRequest):
    """How the gateway is asked what became of a message, and its words for it."""

    state_path: str = Field(min_length=1, max_length=200)
    states: dict[Text, Said] = Field(min_length=1)
    absent: Literal["unknown", ""] = ""


class GatewayReceipt(Part):
    """How to read what the gateway reports by itself: a list at `list_path`, in each our key or its own ref."""

    list_path: Text = ""
    key_path: Text = ""
    ref_path: Text = ""
    state_path: str = Field(min_length=1, max_length=200)
    states: dict[Text, Said] = Field(min_length=1)


class GatewayIn(NoticeBody):
    """Who carries SMS or calls. A secret without a value keeps the one it had."""

    channel: Carried
    is_on: bool = True
    sign: str = Field(default="", max_length=16)
    request: GatewayRequest
    answer: GatewayAnswer = GatewayAnswer()
    status: GatewayStatus | None = None
    receipt: GatewayReceipt | None = None
    secrets: dict[SecretName, Text | None] = {}


class MailIn(NoticeBody):
    """Who carries mail. A password without a value keeps the one it had."""

    is_on: bool = True
    host: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9.\-]+$")
    port: int = Field(ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = Field(default="", max_length=120)
    sender: str = Field(min_length=3, max_length=120)
    secrets: dict[Literal["password"], Text | None] = {}


class ChannelFaultOut(BaseModel):
    """One delivery that did not go as it should."""

    at: datetime
    fault: str
    text: str


class ChannelOut(BaseModel):
    """One channel of the town: what was set (secrets by name alone), how it goes today, its last faults."""

    channel: Outside
    is_set: bool
    is_on: bool
    is_of_town: bool
    set_at: datetime | None
    settings: dict[str, Any] | None
    secrets: list[str]
    today: dict[str, int]
    faults: list[ChannelFaultOut]


class ChannelsOut(BaseModel):
    """Every channel of the town."""

    items: list[ChannelOut]
    may: list[str]


class TrialIn(NoticeBody):
    """Where a trial goes."""

    channel: Outside
    to: str = Field(min_length=3, max_length=120)


class MannersIn(NoticeBody):
    """How the town speaks to people from now on."""

    plain: Ladder
    soon: Ladder
    now: Ladder
    quiet_from: time
    quiet_until: time
    wait_minutes: int = Field(ge=1, le=120)
    person_hour: int = Field(ge=1, le=60)
    town_day: int = Field(ge=0, le=100_000)
    basis: str = Field(default="", max_length=200)


class MannersOut(BaseModel):
    """How the town speaks to people, since when, and who decided so."""

    plain: list[Step]
    soon: list[Step]
    now: list[Step]
    quiet_from: time
    quiet_until: time
    wait_minutes: int
    person_hour: int
    town_day: int
    basis: str
    starts_at: datetime | None


class DeliveryOut(BaseModel):
    """One message on one channel: to whom, not to what number, and not what it says."""

    id: UUID
    kind: str
    channel: Outside
    urgency: str
    state: Became
    fault: str
    fault_text: str
    name: str
    area: str
    attempts: int
    is_loud: bool
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    may: list[str]


class JudgeIn(NoticeBody):
    """A person's word on a delivery of which nobody knows whether it went."""


class TakenOut(BaseModel):
    """How many receipts named a message of ours."""

    taken: int
