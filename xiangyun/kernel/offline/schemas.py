"""Wire shapes of phones, envelopes, receipts, conflicts and the village pack. Bytes are base64url without padding."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from xiangyun.kernel.offline import rules

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Point = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}$", description="65 bytes, a point of P-256")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Bytes = Annotated[int, Field(ge=0, le=2**53)]
Seq = Annotated[int, Field(ge=1, le=2**53)]
Label = Annotated[str, Field(max_length=120)]
Reason = Annotated[str, Field(min_length=1, max_length=rules.TEXT)]
Role = Literal["small", "original", "voice", "signature"]


class ReceivingKeyOut(BaseModel):
    """The key phones seal to: ECDH over P-256, HKDF-SHA-256, AES-256-GCM bound to `town_id|phone|item`."""

    num: int
    public: str
    town_id: UUID


class Holds(BaseModel):
    """What a phone still holds of which it has had no receipt at all, whatever it sends along included."""

    model_config = ConfigDict(extra="forbid")

    items: Count = 0
    photos: Count = 0
    bytes: Bytes = 0
    oldest_at: datetime | None = None


class PhoneIn(BaseModel):
    """A phone says who it is and how it stands."""

    model_config = ConfigDict(extra="forbid")

    public: Point
    label: Label = ""
    app_version: Label = ""
    is_persisted: bool = False
    holds: Holds = Holds()
    evicted: Count = 0


class WriterOut(BaseModel):
    """Somebody, as others may know them."""

    account: str
    name: str


class ArrivedOut(BaseModel):
    """What became of the things of a phone that are here: in the register and the rooms, waiting for one before it or
    for a person, not let in (refused, or put aside). `since`: came by another way after the phone was last heard."""

    went_in: int
    waiting: int
    to_judge: int
    not_in: int
    since: int


class PhoneOut(BaseModel):
    """One installed app. `never_came`: what it announced and what did not come yet by any way; of a lost phone, what
    never came.

    `may`: revoke.
    """

    id: UUID
    account: WriterOut
    area: str
    area_name: str
    label: str
    app_version: str
    is_mine: bool
    is_persisted: bool
    holds: Holds
    evicted: int
    waiting: int
    arrived: ArrivedOut
    never_came: int
    is_clock_off: bool
    registered_at: datetime
    seen_at: datetime
    revoked_at: datetime | None
    may: list[str]


class EnvelopeIn(BaseModel):
    """One sealed thing; `sig` is ECDSA over `phone|id|seq|hash`, r and s in 64 bytes; `hash` the SHA-256 of what is in
    it."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    phone: UUID
    seq: Seq
    key: Annotated[int, Field(ge=1, le=2_000_000_000)]
    epk: Point
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16}$")]
    sealed: Annotated[Base64, Field(max_length=rules.SEALED_CHARS)]
    hash: Sha256
    sig: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{86}$")]


class GoneIn(BaseModel):
    """Something was removed on the phone by a person, who says why: nothing waits for it any more."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    seq: Seq
    reason: Reason


class ItemsIn(BaseModel):
    """What a phone sends: `now` is its own clock."""

    model_config = ConfigDict(extra="forbid")

    phone: UUID
    now: datetime
    holds: Holds = Holds()
    items: list[EnvelopeIn] = Field(default=[], max_length=rules.ITEMS_AT_ONCE)
    gone: list[GoneIn] = Field(default=[], max_length=rules.ITEMS_AT_ONCE)


class ItemSubjectOut(BaseModel):
    """What something was written about."""

    kind: str
    id: UUID


class ItemFaultOut(BaseModel):
    """Why a fact cannot be; `fact` is empty where it is the whole."""

    fact: str
    says: str


class ReceiptOut(BaseModel):
    """What became of one thing. The phone deletes its copy when `hash` is that of what it holds and the state is
    applied, conflict or quarantined; `waiting` is kept here and sent again; `refused` stays a draft on the phone.

    `missing`: files still to come, small pictures first. `code` names the sentence.
    """

    id: UUID
    hash: str
    state: Literal["applied", "conflict", "waiting", "refused", "quarantined", "gone"]
    code: str
    says: str
    errors: list[ItemFaultOut]
    subject: ItemSubjectOut | None
    version: int | None
    missing: list[str]
    conflict: UUID | None


class ReceiptsOut(BaseModel):
    """Receipts for everything that was sent or said to be gone, and for what was waiting and could now go in.

    `is_revoked`: the pack on this phone is to be deleted, never what it still holds.
    """

    receipts: list[ReceiptOut]
    server_now: datetime
    is_revoked: bool


class DropIn(BaseModel):
    """A rescue file: envelopes of one phone, brought by anybody."""

    model_config = ConfigDict(extra="forbid")

    v: Literal[1] = 1
    phone: UUID
    items: list[EnvelopeIn] = Field(min_length=1, max_length=rules.DROP_ITEMS)


class KeepFileIn(BaseModel):
    """A file of an item was uploaded (`file`), or will never come (`reason`). `sha256` is of the bytes on the phone."""

    model_config = ConfigDict(extra="forbid")

    sha256: Sha256
    role: Role
    file: UUID | None = None
    reason: Reason | None = None


class KeptFileOut(BaseModel):
    """The receipt of one file: the phone deletes its copy."""

    sha256: str
    state: Literal["kept", "given_up"]
    size: int


class ConflictSideOut(BaseModel):
    """One side of a conflict, in words and masked as everywhere; `evidence` are files, `source` how they knew."""

    value: str | None
    who: str
    at: datetime | None
    source: str
    evidence: list[UUID]


class ConflictOut(BaseModel):
    """One fact of which a phone and the house say different things. `may`: mine theirs both."""

    id: UUID
    item: UUID
    form: str
    form_name: str
    subject: ItemSubjectOut
    title: str
    area: str
    area_name: str
    field: str
    label: str
    base: ConflictSideOut
    mine: ConflictSideOut
    theirs: ConflictSideOut
    state: Literal["open", "office", "decided"]
    choice: str
    note: str
    found_at: datetime
    decided_at: datetime | None
    decided_by: str
    is_mine: bool
    may: list[str]


class DecideIn(BaseModel):
    """Which value stands; `both`: keep both, the office decides."""

    model_config = ConfigDict(extra="forbid")

    choice: Literal["mine", "theirs", "both"]
    note: Annotated[str, Field(max_length=rules.TEXT)] = ""
    op_id: UUID | None = None


class ToldFactOut(BaseModel):
    """One fact that was written, in words and masked as everywhere."""

    fact: str
    label: str
    value: str | None


class JudgedOut(BaseModel):
    """One thing that waits for a person, or waited.

    `why`: revoked dropped moved stuck fault. `is_sealed`: it stands or will stand sealed in its room: nothing of it is
    shown here, to who may not read such a thing not even whose it is. `subject` is empty while there is no such row.
    `may`: accept put_aside.
    """

    id: UUID
    state: Literal["waiting", "applied", "conflict", "refused", "quarantined", "mended", "gone", "put_aside"]
    why: str
    says: str
    form: str
    form_name: str
    subject: ItemSubjectOut | None
    title: str
    area: str
    area_name: str
    account: WriterOut | None
    phone: UUID | None
    phone_label: str
    facts: list[ToldFactOut]
    made_at: datetime | None
    is_clock_off: bool
    came_at: datetime
    brought_by: str
    is_mine: bool
    is_sealed: bool
    may: list[str]


class AcceptIn(BaseModel):
    """It is let in, in the name of who wrote it."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID | None = None


class PutAsideIn(BaseModel):
    """It is not let in; who looks later reads why."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    op_id: UUID | None = None


class PackTownOut(BaseModel):
    """Whose pack it is."""

    id: UUID
    path: str
    name: str


class PhoneRulesOut(BaseModel):
    """What the app keeps to."""

    pack_days: int
    pin_digits: int
    pin_tries: int
    items_at_once: int
    sealed_chars: int
    text_chars: int


class PackFormOut(BaseModel):
    """A form this person may fill in, with the name of each fact, the list of the pack it is one of, or its few
    values in words."""

    code: str
    name: str
    subject: str
    makes: bool
    facts: dict[str, str]
    lists: dict[str, str]
    choices: dict[str, dict[str, str]]


class PackPictureOut(BaseModel):
    """A small photo of something in the pack: JPEG of at most 320 dots, base64 (the plain alphabet, padded)."""

    file: UUID
    subject: ItemSubjectOut
    sha256: str
    small: str


class PackOut(BaseModel):
    """The village pack: what somebody needs of their own grids without signal. A masked fact is `{"masked": …}` and is
    read-only. Further lists of the house stand beside `households` and `matters` under their own names.

    `version` changes when anything in it does.
    """

    model_config = ConfigDict(extra="allow")

    made_at: datetime
    expires_at: datetime
    version: str
    town: PackTownOut
    phone_rules: PhoneRulesOut
    forms: list[PackFormOut]
    households: list[dict[str, Any]]
    matters: list[dict[str, Any]]
    pictures: list[PackPictureOut]
