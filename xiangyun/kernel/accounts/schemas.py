"""Wire shapes of sessions, accounts, posts, slips and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=60)]
Typed = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """What a write may carry beside its own fields."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID | None = None


Encoded = Annotated[str, Field(max_length=16_000, pattern=r"^[A-Za-z0-9_-]*$", description="base64url")]


class KeyResponse(BaseModel):
    """What a security key said: made (`attestationObject`) or signed (`authenticatorData`, `signature`)."""

    clientDataJSON: Encoded  # noqa: N815 -- the browser's own names
    attestationObject: Encoded | None = None  # noqa: N815
    authenticatorData: Encoded | None = None  # noqa: N815
    signature: Encoded | None = None
    userHandle: Encoded | None = None  # noqa: N815


class KeyAnswer(BaseModel):
    """A credential as the browser's `toJSON()` gives it; what else it says is not read."""

    id: Encoded
    rawId: Encoded  # noqa: N815
    type: Literal["public-key"]
    response: KeyResponse


class WithPassword(Body):
    """Name and password; `code` is for the second factor of those who have one. At a `desk` a session that is left
    alone ends after half an hour."""

    account: Typed
    password: Typed
    code: Annotated[str, Field(max_length=40)] | None = None
    key: KeyAnswer | None = None
    place: Literal["desk", "app"] | None = None


class CodeIn(Body):
    """A code of the authenticator, or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class ShownIn(Body):
    """A second factor: a code of the authenticator, a recovery code, or what a security key signed."""

    code: Annotated[str, Field(max_length=40)] | None = None
    key: KeyAnswer | None = None


class SecurityKeyIn(Body):
    """A new security key and what its owner calls it."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    key: KeyAnswer


class SecurityKeyOut(BaseModel):
    """One security key of mine; it answers at one `site` alone."""

    id: UUID
    name: str
    site: str
    is_here: bool
    added_at: datetime
    used_at: datetime | None


class AddedSecurityKey(SecurityKeyOut):
    codes: list[str] = Field(description="recovery codes, shown once; empty where there were some")


class KeyOptions(BaseModel):
    """What `navigator.credentials` is asked, as its `parse…OptionsFromJSON` reads it."""

    options: dict[str, Any]


class FactorsOut(BaseModel):
    """My second factors."""

    authenticator_since: datetime | None
    codes_left: int
    keys: list[SecurityKeyOut]
    is_strong: bool = Field(description="a second factor was shown in this session")
    is_demanded: bool = Field(description="strong abilities wait for a second factor; a demo lets them go without")
    no_keys_why: str | None = Field(description="why this address takes no security key; null where it does")


class FactorOut(BaseModel):
    """A secret for an authenticator, shown once: in groups to type, and what its QR code says."""

    secret: str
    url: str


class RecoveryCodesOut(BaseModel):
    """Ten codes for the day the phone is lost, each good once; shown once."""

    codes: list[str]


class WithSlip(Body):
    """The ticket of a villager's printed slip."""

    ticket: Typed


class WithLink(Body):
    """A welcome or reset link: the account name and password its owner chooses.

    `name` is what people call them, heard only where nobody has said it yet.
    """

    token: Typed
    account: Typed
    password: Typed
    name: Name = ""


class LinkIn(BaseModel):
    """A welcome or reset link to look at."""

    token: Typed


class LinkOut(BaseModel):
    """Whom a link is for. `account` is the account's name now; with `welcome` they may choose another.

    `name` is empty where nobody has said it yet: its owner does.
    """

    name: str
    account: str
    purpose: Literal["welcome", "reset"]
    expires_at: datetime


class SessionPost(BaseModel):
    role: str
    area: str
    area_name: str


class SessionOut(BaseModel):
    """Who is signed in: posts held now, what they allow, and the town (null above the towns)."""

    id: UUID | None
    account: str
    name: str
    posts: list[SessionPost]
    abilities: list[str]
    town: str | None
    town_name: str | None
    lang: str
    elder: bool
    factor: Literal["none", "bound"] = Field(description="whether an authenticator is asked for at sign-in")
    waits_for_factor: bool = Field(description="a post allows more once a second factor was shown")
    idle_until: datetime | None = Field(description="when the session ends if it is left alone; null for machines")


class SettingsIn(Body):
    """One's own language and size of words; what is left out stays."""

    lang: Literal["zh-Hans", "en"] | None = None
    elder: bool | None = None


class PasswordIn(Body):
    old: Typed
    new: Typed


class OwnSession(BaseModel):
    """One browser or phone that is signed in as somebody."""

    id: UUID
    kind: Literal["password", "ticket"]
    device_label: str
    address: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_strong: bool = Field(description="a second factor was shown in it")
    is_this: bool


class DemoAccount(BaseModel):
    account: str
    password: str
    role: str
    area: str
    name: str


class DemoAccounts(BaseModel):
    items: list[DemoAccount]


class PostOut(BaseModel):
    id: UUID
    role: str
    area: str
    area_name: str
    duty_phone: str
    starts_at: datetime
    ends_at: datetime | None


class AccountOut(BaseModel):
    """One person: `posts` held now, `past_posts`, bound `phones`, and the moves open to the reader."""

    id: UUID
    account: str
    name: str
    state: Literal["active", "closed"]
    area: str
    area_name: str
    duty_phone: str
    posts: list[PostOut]
    past_posts: list[PostOut]
    phones: int
    has_factor: bool = Field(description="a second factor is asked for at sign-in")
    created_at: datetime
    closed_at: datetime | None
    may: list[str]


class AccountIn(Body):
    name: Name
    role: str
    area: str
    duty_phone: str = ""


class AddedAccount(AccountOut):
    """`welcome_url` works once and is shown once: null where the same request came again."""

    welcome_url: str | None


class WelcomeOut(BaseModel):
    welcome_url: str


class PostIn(Body):
    role: str
    area: str
    duty_phone: str = ""


class SlipOut(BaseModel):
    """A printed slip: the ticket to type, the address behind the QR code, and the code as SVG."""

    name: str
    ticket: str
    url: str
    qr_svg: str
    expires_at: datetime


class Revoked(BaseModel):
    revoked: int


class KeyIn(Body):
    name: Name
    abilities: list[str]
    area: str
    ends_at: AwareDatetime | None = None


class KeyOut(BaseModel):
    id: UUID
    name: str
    hint: str
    abilities: list[str]
    area: str
    area_name: str
    state: Literal["working", "ended", "revoked"]
    created_at: datetime
    used_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None


class AddedKey(KeyOut):
    """The key itself is `secret`, shown once: null where the same request came again."""

    secret: str | None
