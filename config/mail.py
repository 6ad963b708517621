"""The only door to the mailer. Everything else puts a message into the outbox.

A failure says whether the mail may have left: that decides if trying again is safe.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
import jinja2
from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail

from config.settings import Settings

_LONGEST_SUBJECT = 200
_mailer = Mail()
# How a file that a letter names is made, by its kind. A letter carries the kind and an id alone:
# the file is made when the mail leaves, so that nothing heavy waits in the outbox.
_makers: dict[str, Callable[[str], Attachment]] = {}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to leave. `key` becomes its Message-ID, so a copy can be told as one."""

    key: str
    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class MailRefused(Exception):
    """The mail can never be delivered: bad address or content."""


class MailUnavailable(Exception):
    """The mail has certainly not left; trying later is safe."""


class MailUnknown(Exception):
    """The line broke while the mail was on it: it may or may not have arrived."""


def init_mail(app: Flask, settings: Settings) -> None:
    """Set up the mailer: files under var_dir unless the operator chose a server."""
    app.config.update(
        MAIL_BACKEND=settings.mail_backend,
        MAIL_FILE_PATH=str(settings.mail_path),
        MAIL_DEFAULT_SENDER=settings.mail_from,
        MAIL_SERVER=settings.smtp_host or "localhost",
        MAIL_PORT=settings.smtp_port,
        MAIL_USERNAME=settings.smtp_user or None,
        MAIL_PASSWORD=settings.smtp_password.reveal() if settings.smtp_password else None,
        MAIL_USE_TLS=settings.smtp_security == "starttls",
        MAIL_USE_SSL=settings.smtp_security == "tls",
        MAIL_TIMEOUT=20,
        MAIL_ATTACHES=settings.mail_attaches,
        MAIL_CONTEXT={"base_url": settings.base_url, "group_name": settings.group_name},
    )
    if settings.mail_backend == "file":
        Path(settings.mail_path).mkdir(parents=True, exist_ok=True)
    _mailer.init_app(app)


def attaching(kind: str, make: Callable[[str], Attachment]) -> None:
    """Name how files of one kind are made from their id; once, when the application is built."""
    _makers[kind] = make


def compose(template: str, context: Mapping[str, Any], *, key: str, to: str) -> Letter:
    """A letter from `templates/mail/<template>.txt`, whose first line is "Subject: ...".

    `.html` beside it is optional. Templates also know `base_url` and `group_name`. `attach` in
    the context names files as pairs of kind and id.
    """
    templates = current_app.jinja_env
    told = {**current_app.config["MAIL_CONTEXT"], **context}
    text = templates.get_template(f"mail/{template}.txt").render(told)
    subject, _, body = text.lstrip().partition("\n")
    if not subject.startswith("Subject:"):
        raise ValueError(f"mail/{template}.txt does not begin with a subject")
    try:
        html = templates.get_template(f"mail/{template}.html").render(told)
    except jinja2.TemplateNotFound:
        html = None
    subject = subject.removeprefix("Subject:").strip()
    files = ()
    if current_app.config["MAIL_ATTACHES"]:
        files = tuple(_makers[kind](id_) for kind, id_ in context.get("attach", ()))
    text = body.strip() + "\n"
    return Letter(key=key, to=to, subject=subject, text=text, html=html, attachments=files)


def send(letter: Letter) -> None:
    """Hand a letter over, once.

    Raises MailRefused, MailUnavailable or MailUnknown; a second call would send it twice.
    """
    message = _composed(letter)
    connection = _mailer.get_connection()
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable(_reason(error)) from error
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        kind = (
            MailUnavailable if codes and all(400 <= code < 500 for code in codes) else MailRefused
        )
        raise kind(_reason(error)) from error
    except smtplib.SMTPResponseException as error:
        kind = MailUnavailable if 400 <= error.smtp_code < 500 else MailRefused
        raise kind(_reason(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnknown(_reason(error)) from error
    finally:
        _hang_up(connection)


def one_line(text: str) -> bool:
    """Whether the text may stand in a mail header: no break that would begin another one."""
    return not any(ord(char) < 32 or ord(char) in (127, 0x85, 0x2028, 0x2029) for char in text)


def _composed(letter: Letter) -> EmailMultiAlternatives:
    for name, value in (("to", letter.to), ("subject", letter.subject), ("key", letter.key)):
        if not value or not one_line(value):
            raise MailRefused(f"{name} is blank or has a line break in it")
    if "," in letter.to or ";" in letter.to:
        raise MailRefused("a letter has one reader")
    domain = current_app.config["MAIL_DEFAULT_SENDER"].rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMultiAlternatives(
        subject=letter.subject[:_LONGEST_SUBJECT],
        body=letter.text,
        to=[letter.to],
        headers={"Message-ID": f"<{letter.key}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    if letter.html is not None:
        inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
        message.attach_alternative(inliner.inline(letter.html), "text/html")
    for file in letter.attachments:
        message.attach(file.name, file.content, file.mimetype)
    return message


def _hang_up(connection: Any) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        current_app.logger.info("mail server hung up first")


def _reason(error: Exception) -> str:
    """The kind of failure, without the addresses that SMTP errors carry."""
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
