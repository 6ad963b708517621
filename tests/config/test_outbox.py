"""Mail leaves after the commit it belongs to, and at most once."""

import email
from contextlib import suppress
from datetime import timedelta
from email import policy

import pytest
import sqlalchemy as sa

from config import mail, mail_delivery, outbox
from config.db import db, transaction
from config.models import OutboxMessage
from tests.config.conftest import NOON


def queue(key: str = "k1", *, to: str = "ann@example.com", template: str = "hello", **more):
    with transaction():
        outbox.put(
            dedupe_key=key, to=to, template=template, context={"name": "Ann"}, now=NOON, **more
        )


def states() -> dict[str, str]:
    db.session.expire_all()
    rows = db.session.scalars(sa.select(OutboxMessage))
    return {row.dedupe_key: row.state for row in rows}


def mails(tmp_path):
    files = sorted((tmp_path / "mail").glob("*.log"))
    texts = [file.read_bytes().split(b"\n" + b"-" * 79)[0] for file in files]
    return [email.message_from_bytes(text, policy=policy.default) for text in texts]


def test_a_message_leaves_once_however_often_it_is_put_and_delivered(ground, tmp_path):
    for _ in range(3):
        queue()
    assert [mail_delivery.deliver_due(NOON) for _ in range(2)] == [1, 0]
    assert states() == {"k1": "sent"}
    [message] = mails(tmp_path)
    assert message["To"] == "ann@example.com"
    assert message["Subject"] == "Hello Ann"
    assert "http://127.0.0.1:8000" in message.get_body(("plain",)).get_content()
    assert 'style="color: red' in message.get_body(("html",)).get_content()
    assert outbox.is_delivered("k1")
    assert list(outbox.sent_unclaimed()) == []


def test_a_rolled_back_change_sends_nothing(ground):
    with suppress(ZeroDivisionError), transaction():
        outbox.put(dedupe_key="k", to="a@b.example", template="hello", context={}, now=NOON)
        1 / 0  # noqa: B018
    assert mail_delivery.deliver_due(NOON) == 0


def test_a_message_waits_for_its_hour(ground):
    queue(not_before=NOON + timedelta(hours=1))
    assert mail_delivery.deliver_due(NOON) == 0
    assert mail_delivery.deliver_due(NOON + timedelta(hours=1)) == 1


def test_many_messages_leave_in_batches_up_to_the_limit(ground, tmp_path):
    with transaction():
        outbox.put_many(
            [
                outbox.Post(
                    dedupe_key=f"k{n}", to="a@b.example", template="plain", context={}, now=NOON
                )
                for n in range(25)
            ]
        )
    assert mail_delivery.deliver_due(NOON, 12, batch=5) == 12
    assert mail_delivery.deliver_due(NOON, batch=5) == 13
    assert len(mails(tmp_path)) == 25


def test_a_crash_while_sending_is_unknown_and_never_sent_again(ground, monkeypatch, tmp_path):
    queue()

    class PowerCut(BaseException):
        pass

    def pulls_the_plug(_letter):
        raise PowerCut

    with monkeypatch.context() as cut:
        cut.setattr(mail, "send", pulls_the_plug)
        with pytest.raises(PowerCut):
            mail_delivery.deliver_due(NOON)
    assert states() == {"k1": "sending"}
    later = NOON + timedelta(hours=1)
    assert mail_delivery.deliver_due(later) == 0
    with transaction():
        assert mail_delivery.report_unknown(NOON + timedelta(minutes=5)) == []
        assert len(mail_delivery.report_unknown(later)) == 1
        assert mail_delivery.report_unknown(later) == []
    assert states() == {"k1": "unknown"}
    assert mail_delivery.deliver_due(later) == 0
    assert mails(tmp_path) == []
    assert not outbox.is_delivered("k1")


@pytest.mark.parametrize("template", ["missing", "bare"])
def test_a_template_that_does_not_render_fails_its_own_message_only(ground, template):
    queue("bad", template=template)
    queue("good")
    assert mail_delivery.deliver_due(NOON) == 2
    assert states() == {"bad": "failed", "good": "sent"}


def test_a_server_that_is_away_leaves_the_message_ready_for_later(ground):
    ground.extensions["mailman"].backend = "smtp"
    ground.extensions["mailman"].port = 1  # nobody listens there
    queue("a")
    assert mail_delivery.deliver_due(NOON, 10, batch=1) == 1
    assert states() == {"a": "ready"}
    assert mail_delivery.deliver_due(NOON) == 0
    ground.extensions["mailman"].backend = "file"
    assert mail_delivery.deliver_due(NOON + timedelta(minutes=10)) == 1
    assert states() == {"a": "sent"}


def test_a_server_away_for_days_ends_in_a_failure_somebody_can_see(ground):
    ground.extensions["mailman"].backend = "smtp"
    ground.extensions["mailman"].port = 1
    queue("a")
    mail_delivery.deliver_due(NOON + timedelta(days=4))
    assert states() == {"a": "failed"}


def test_a_mail_that_came_back_is_no_proof_of_delivery(ground):
    queue()
    mail_delivery.deliver_due(NOON)
    with transaction():
        assert outbox.bounce("k1", reason="mailbox full")
        assert not outbox.bounce("never put", reason="")
    assert states() == {"k1": "bounced"}
    assert not outbox.is_delivered("k1")


@pytest.mark.parametrize(
    "to", ["ann@example.com\nBcc: all@example.com", "ann@example.com\r\nX: y", "no-address", ""]
)
def test_an_address_that_would_add_a_header_is_refused(ground, to):
    with pytest.raises(ValueError), transaction():
        outbox.put(dedupe_key="k", to=to, template="hello", context={}, now=NOON)


@pytest.mark.parametrize(
    "letter",
    [
        mail.Letter(key="k", to="a@b.example", subject="Hi\nBcc: c@d.example", text=""),
        mail.Letter(key="k", to="a@b.example\r\nBcc: c@d.example", subject="Hi", text=""),
        mail.Letter(key="k\n", to="a@b.example", subject="Hi", text=""),
        mail.Letter(key="k", to="a@b.example, c@d.example", subject="Hi", text=""),
        mail.Letter(key="k", to="a@b.example", subject="", text=""),
    ],
)
def test_the_door_itself_refuses_a_header_with_a_break(ground, letter, tmp_path):
    with pytest.raises(mail.MailRefused):
        mail.send(letter)
    assert mails(tmp_path) == []
