"""People who sign in: accounts, and the roles that staff hold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_security.utils import hash_password

from config import audit
from config.db import db
from config.errors import NotFound, Refused, invalid_field
from config.ids import new_id
from locations.models import Account, StaffRole
from locations.rules.permissions import GROUP_ROLES, ROLES, Grant


def create_account(*, email: str, name: str, password: str | None, now: datetime) -> Account:
    """Somebody who may sign in; without a password only once they have set one by mail.

    Raises Invalid for a bad address, name or password, Refused(account_exists).
    """
    address = normal_email(email)
    if not name.strip() or len(name) > 160:
        raise invalid_field("/name", "Please give a name of at most 160 characters.")
    if find_by_email(address) is not None:
        raise Refused(
            "account_exists",
            "We could not open an account with this. If you have been here before, sign in.",
        )
    account = Account(
        id=new_id(),
        email=address,
        name=name.strip(),
        password=None if password is None else _hashed(password),
        active=True,
        # Random, not our time-ordered key: it is what a session cookie names.
        fs_uniquifier=uuid4().hex,
        confirmed_at=None,
        created_at=now,
        tf_primary_method=None,
        tf_totp_secret=None,
        mf_recovery_codes=None,
    )
    db.session.add(account)
    db.session.flush()
    return account


def set_password(account: Account, password: str) -> None:
    """Give an account a password and end all its sessions. Invalid if it is too weak."""
    account.password = _hashed(password)
    account.fs_uniquifier = uuid4().hex
    db.session.flush()


def get(account_id: UUID) -> Account:
    """The account; NotFound if there is none."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("person")
    return account


def find_by_email(email: str) -> Account | None:
    """The account of an address, however it is capitalised."""
    return db.session.scalar(sa.select(Account).where(Account.email == email.strip().lower()))


def normal_email(email: str) -> str:
    """An address as it is stored: checked, composed and in lower case. Invalid otherwise."""
    try:
        checked = validate_email(
            email.strip(), check_deliverability=False, test_environment=current_app.testing
        )
    except EmailNotValidError:
        raise invalid_field("/email", "This does not look like an e-mail address.") from None
    address = checked.normalized.lower()
    if len(address) > 254:
        raise invalid_field("/email", "This address is too long.")
    return address


def grants_of(account_id: UUID) -> frozenset[Grant]:
    """The roles an account holds now; empty for a member."""
    rows = db.session.execute(
        sa.select(StaffRole.role, StaffRole.location_id).where(
            StaffRole.account_id == account_id, StaffRole.revoked_at.is_(None)
        )
    )
    return frozenset(Grant(role, location_id) for role, location_id in rows)


def staff() -> list[tuple[StaffRole, Account]]:
    """Every role that is held, with who holds it, by name."""
    rows = db.session.execute(
        sa.select(StaffRole, Account)
        .join(Account, StaffRole.account_id == Account.id)
        .where(StaffRole.revoked_at.is_(None))
        .order_by(Account.name, Account.id, StaffRole.role)
    )
    return [(role, account) for role, account in rows]


def held_role(role_id: UUID) -> StaffRole:
    """A role that is held; NotFound once it was taken away."""
    role = db.session.get(StaffRole, role_id)
    if role is None or role.revoked_at is not None:
        raise NotFound("role")
    return role


def grant_role(
    account_id: UUID, *, role: str, location_id: UUID | None, by: audit.Actor, now: datetime
) -> None:
    """Give a role; having it already changes nothing.

    Raises Invalid where a location is missing, or named for a role of the whole group.
    """
    if role not in ROLES:
        raise invalid_field("/role", f"must be one of {', '.join(ROLES)}")
    if (location_id is None) != (role in GROUP_ROLES):
        raise invalid_field("/location", "An owner or accountant has no location; others need one.")
    if Grant(role, location_id) in grants_of(account_id):
        return
    db.session.add(
        StaffRole(
            id=new_id(),
            account_id=get(account_id).id,
            location_id=location_id,
            role=role,
            granted_at=now,
            revoked_at=None,
        )
    )
    db.session.flush()
    _record("role_granted", account_id, role=role, location_id=location_id, by=by, now=now)


def revoke_role(
    account_id: UUID, *, role: str, location_id: UUID | None, by: audit.Actor, now: datetime
) -> None:
    """Take a role; not having it changes nothing. Refused(last_owner) for the last owner."""
    held = db.session.scalars(
        sa.select(StaffRole)
        .where(StaffRole.role == role, StaffRole.revoked_at.is_(None))
        # Locked together: two owners who remove each other must not both succeed.
        .with_for_update()
    ).all()
    mine = [row for row in held if (row.account_id, row.location_id) == (account_id, location_id)]
    if not mine:
        return
    if role == "owner" and len(held) == len(mine):
        raise Refused("last_owner", "The last owner cannot be removed.")
    for row in mine:
        row.revoked_at = now
    db.session.flush()
    _record("role_revoked", account_id, role=role, location_id=location_id, by=by, now=now)


def _record(
    action: str,
    account_id: UUID,
    *,
    role: str,
    location_id: UUID | None,
    by: audit.Actor,
    now: datetime,
) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="account",
        subject_id=account_id,
        location_id=location_id,
        facts={"role": role},
        now=now,
    )


def _hashed(password: str) -> str:
    problems, normal = current_app.extensions["security"].password_util.validate(password, True)
    if problems:
        raise invalid_field("/password", " ".join(str(problem) for problem in problems))
    return hash_password(normal)
