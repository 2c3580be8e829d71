"""The logins of the house in PostgreSQL: put right on the box's own server, moved in on one that DATABASE_URL names."""

from typing import LiteralString

import psycopg
from psycopg import sql

from xiangyun.entry.settings.config import ROLES, Config, Unfit

Link = psycopg.Connection[tuple[object, ...]]


def put_right(link: Link, config: Config) -> None:
    """On the box's own server: each role stands, with the powers and the password it should have."""
    known = _known(link)
    for role in ROLES:
        link.execute(_statement(link, config, role, "ALTER" if role in known else "CREATE"))


def move_in(link: Link, config: Config) -> None:
    """On a server of somebody else: make the roles that are missing and let them in; those that stand are left alone.

    Refuses: Unfit, when the URL's login may not do that, or a role that stood has another password than ours.
    """
    for role in ROLES:
        # Also for an administrator who makes the roles by hand: the passwords then stand in the data folder.
        config.secret(role)
    known = _known(link)
    try:
        for role in ROLES:
            if role not in known:
                link.execute(_statement(link, config, role, "CREATE"))
        if not _may_make_tables(link):
            database = sql.Identifier(link.info.dbname)
            link.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO xy_owner").format(database))
            link.execute("GRANT USAGE, CREATE ON SCHEMA public TO xy_owner")
    except psycopg.errors.InsufficientPrivilege as fault:
        raise _too_weak(config, str(fault.diag.message_primary)) from None
    if not _may_make_tables(link):
        # A GRANT of what one does not hold is a warning, no error.
        raise _too_weak(config, "GRANT CREATE")
    for role in ROLES:
        connect(role, {**config.dsn(role), "connect_timeout": "10"}).close()


def connect(login: str, where: dict[str, str]) -> Link:
    """A connection to a server that is not ours.

    Refuses: Unfit, when it does not let `login` in.
    """
    try:
        return psycopg.connect(**where, autocommit=True)  # type: ignore[arg-type]
    except psycopg.OperationalError as fault:
        words = str(fault).removeprefix("connection failed: ").splitlines()[0].strip()
        raise Unfit(
            zh=f"用 {login} 连不上外部数据库（{words}）：请检查 DATABASE_URL 的地址、账号和密码；xy_ 开头的角色，"
            "密码应与数据目录 secrets 里的一致。",
            en=f"The external database cannot be used as {login} ({words}): check address, login and password of"
            " DATABASE_URL; the roles xy_… need the passwords that stand in secrets/ of the data folder.",
        ) from None


def _too_weak(config: Config, words: str) -> Unfit:
    return Unfit(
        zh=f"DATABASE_URL 的账号权限不够（{words}）：请换成超级用户，或让数据库管理员先建好 xy_owner"
        f"（带 BYPASSRLS，并且是这个数据库的所有者）、xy_app、xy_ingest，密码在 {config.secrets}。",
        en=f"The login of DATABASE_URL may not do enough ({words}): name a superuser, or have the administrator make"
        f" xy_owner (with BYPASSRLS, and owner of this database), xy_app and xy_ingest with the passwords in"
        f" {config.secrets}.",
    )


def _known(link: Link) -> set[object]:
    return {row[0] for row in link.execute("SELECT rolname FROM pg_roles").fetchall()}


def _may_make_tables(link: Link) -> bool:
    row = link.execute(
        "SELECT has_database_privilege('xy_owner', current_database(), 'CREATE')"
        " AND has_schema_privilege('xy_owner', 'public', 'CREATE')"
    ).fetchone()
    return bool(row and row[0])


def _statement(link: Link, config: Config, role: str, verb: LiteralString) -> sql.Composed:
    powers = sql.SQL("BYPASSRLS CREATEDB" if role == "xy_owner" else "NOBYPASSRLS NOCREATEDB")
    password = config.dsn(role)["password"].encode()
    verifier = link.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256").decode()
    return sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION {} PASSWORD {}").format(
        sql.SQL(verb), sql.Identifier(role), powers, sql.Literal(verifier)
    )
