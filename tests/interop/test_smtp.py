"""SMTP with real peers: swaks and smtplib send mail to the example, in clear and secured in the middle."""

import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

ROOT = Path(__file__).resolve().parents[2]
MAIL = "Subject: dots\r\n\r\n.\r\n..two\r\nlast\r\n"


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Who has signed the certificate of the server, which is in the file server.pem."""
    authority = trustme.CA()
    pem = tmp_path / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    pem.chmod(0o600)
    return authority


@pytest.fixture
def example(serve: Callable[..., Any], authority: trustme.CA, tmp_path: Path) -> Any:
    """docs/examples/smtp_server, with a certificate."""
    return serve(sys.executable, "server.py", "0", str(tmp_path / "server.pem"), cwd=ROOT / "docs/examples/smtp_server")


def printed(server: Any) -> str:
    """What the server has printed since it listens; it ends with this."""
    server.process.terminate()
    rest: str = server.process.communicate(timeout=20)[0]
    return rest


@pytest.mark.slow
def test_smtplib_sends_mail(example: Any, authority: trustme.CA) -> None:
    """In clear, then secured; its dots arrive as they were; who is not of the house is refused."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with smtplib.SMTP("127.0.0.1", example.port, timeout=20) as client:
        client.sendmail("a@x.test", ["b@example.test"], MAIL)
        client.starttls(context=context)
        assert not client.has_extn("starttls")
        client.sendmail("a@x.test", ["b@example.test", "c@example.test"], MAIL)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@x.test", ["b@elsewhere.test"], MAIL)
        assert (503, b"not now: DATA") == client.docmd("DATA")
        assert (502, b"no such command: VRFY") == client.docmd("VRFY", "b")
    said = printed(example).replace("\r", "")

    assert "mail from <a@x.test> to <b@example.test>: " in said
    assert "mail from <a@x.test> to <b@example.test>, <c@example.test>: " in said
    assert 2 == said.count("Subject: dots\n\n.\n..two\nlast\n")


@pytest.mark.slow
def test_swaks_sends_mail(example: Any) -> None:
    """With TLS in the middle, and its commands in one packet where it may."""
    swaks = shutil.which("swaks", path=f"{os.environ.get('PATH', '')}:/usr/bin")
    if swaks is None:
        pytest.skip("swaks is missing: apt-get install swaks")
    to = ("--server", f"127.0.0.1:{example.port}", "--from", "a@x.test", "--to", "b@example.test", "--body", ".dot\\n..\\nlast")
    for options in ((), ("--pipeline",)):
        told = subprocess.run([swaks, *to, *options], check=True, capture_output=True, text=True, timeout=30).stdout
        assert "250 taken" in told
    refused = subprocess.run([swaks, *to, "--to", "b@elsewhere.test"], check=False, capture_output=True, text=True, timeout=30)
    assert "550 not of this house" in refused.stdout
    assert 2 == printed(example).replace("\r", "").count("\n\n.dot\n..\nlast\n")


@pytest.mark.slow
@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r"])
def test_a_mail_that_smuggles_another_is_refused(example: Any, end: bytes) -> None:
    """Neither of the two arrives, and the connection ends (CVE-2023-51764 and its like)."""
    with socket.create_connection(("127.0.0.1", example.port), timeout=20) as client, client.makefile("rb") as heard:
        heard.readline()
        for line in (b"HELO x\r\n", b"MAIL FROM:<a@x.test>\r\n", b"RCPT TO:<b@example.test>\r\n", b"DATA\r\n"):
            client.sendall(line)
            heard.readline()
        client.sendall(b"first" + end + b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\nsecond\r\n.\r\n")
        assert heard.readline().startswith(b"550 refused: content with a CR or an LF")
        assert b"" == heard.readline()
    said = printed(example)
    assert "mail from" not in said
    assert "refused:" in said


@pytest.mark.slow
def test_a_command_behind_starttls_is_refused(example: Any) -> None:
    """CVE-2011-0411: it would be taken for one that came secured."""
    with socket.create_connection(("127.0.0.1", example.port), timeout=20) as client, client.makefile("rb") as heard:
        heard.readline()
        client.sendall(b"STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n")
        assert b"220 go ahead\r\n" == heard.readline()
        client.settimeout(20)
        rest = heard.read()  # nothing in clear follows: the handshake fails
    assert b"250" not in rest
