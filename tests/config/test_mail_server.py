"""Over a real SMTP line: what may be tried again, and what never."""

import socket
import threading

import pytest
from aiosmtpd.controller import Controller

from config import mail
from config.mail import Letter, MailRefused, MailUnavailable, MailUnknown
from tests.config.conftest import build

LETTER = Letter(key="k1", to="ann@example.com", subject="Grüße", text="Hello", html="<b>Hello</b>")


class Postmaster:
    """Answers RCPT and DATA as told, and keeps what it took."""

    def __init__(self):
        self.rcpt, self.data = "250 OK", "250 taken"
        self.taken = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server, _session, envelope):
        if self.data.startswith("250"):
            self.taken.append(envelope.content)
        return self.data


@pytest.fixture
def postmaster():
    return Postmaster()


@pytest.fixture
def line(postmaster, tmp_path):
    """An application that mails through a server on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(postmaster, hostname="127.0.0.1", port=port)
    controller.start()
    app = build(f"sqlite:///{tmp_path / 'unused.sqlite3'}", tmp_path)
    state = app.extensions["mailman"]
    state.backend, state.server, state.port = "smtp", "127.0.0.1", port
    state.use_tls = state.use_ssl = False
    with app.app_context():
        yield
    controller.stop()


def test_a_letter_arrives_with_its_own_id_so_that_a_copy_can_be_told(line, postmaster):
    mail.send(LETTER)
    [content] = postmaster.taken
    assert b"Message-ID: <k1@localhost>" in content
    assert b"Auto-Submitted: auto-generated" in content


@pytest.mark.parametrize(
    ("rcpt", "data", "outcome"),
    [
        ("550 no such mailbox", "250 taken", MailRefused),
        ("450 try later", "250 taken", MailUnavailable),
        ("250 OK", "554 looks like spam", MailRefused),
        ("250 OK", "451 disk full", MailUnavailable),
    ],
)
def test_what_the_server_says_decides_whether_to_try_again(line, postmaster, rcpt, data, outcome):
    postmaster.rcpt, postmaster.data = rcpt, data
    with pytest.raises(outcome) as told:
        mail.send(LETTER)
    assert "ann@" not in str(told.value)
    assert postmaster.taken == []


def test_a_line_that_breaks_under_the_letter_leaves_it_unknown(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    answers = [b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]

    def hangs_up_after_the_letter():
        connection, _ = listener.accept()
        with connection:
            for answer in answers:
                connection.sendall(answer)
                if answer.startswith(b"354"):
                    break
                connection.recv(4096)
            connection.recv(65536)

    server = threading.Thread(target=hangs_up_after_the_letter, daemon=True)
    server.start()
    app = build(f"sqlite:///{tmp_path / 'unused.sqlite3'}", tmp_path)
    state = app.extensions["mailman"]
    state.backend, state.server, state.port = "smtp", "127.0.0.1", listener.getsockname()[1]
    state.use_tls = state.use_ssl = False
    with app.app_context(), pytest.raises(MailUnknown):
        mail.send(LETTER)
    server.join(10)
    listener.close()
