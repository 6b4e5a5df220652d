"""Secrets are known by their names, by their types, and by what they are made of; one place masks them."""

import json
import string
from random import Random
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import flat_tree
from pyboot.boot.config.read.sources import TreeSource
from pyboot.boot.config.read.variables import EnvironmentVariables
from pyboot.boot.config.secrets import MASK, hidden, is_secret, without_passwords
from pyboot.boot.model.origin import Origin


def environment(settings: dict[str, object], **variables: str) -> Environment:
    """Settings of a file, and variables above them."""
    return Environment([EnvironmentVariables(variables), TreeSource("file", flat_tree(settings, "file"))])


NAMES = [
    *("db.password", "db.dbPassword", "api_key", "apiKey", "api-keys[0]", "APIKEY", "encryptionKey", "ENCRYPTION_KEY", "encryptionkey"),
    *(
        "jwt.token-value",
        "tls.private.file",
        "cache.key",
        "oauth.clientSecret",
        "mail.pwd",
        "card.pin",
        "aws.credentials.user",
        "passphrase",
    ),
    *("users.passwords.ann", "auth.bearer", "secrets.anything", "ssh-key", "sharedKey", "signing_keys"),
]


@pytest.mark.parametrize("key", NAMES)
def test_a_secret_is_known_by_any_part_of_its_name(key: str) -> None:
    """In each style; rather one too many than one too few."""
    assert environment({}).secrets.is_secret(key)


@pytest.mark.parametrize(
    "path", [("server", "port"), ("keyboard",), ("hosts", 0), ("monkey",), ("pinned",), ("compass",), ("keys-of-life",)]
)
def test_other_settings_are_shown(path: tuple[str | int, ...]) -> None:
    """A list index is no name."""
    assert not is_secret(path)


class Card(BaseModel):
    pin: SecretStr
    name: str


class Wallet(BaseModel):
    cards: list[Card]
    by_name: dict[str, Card]
    codes: list[SecretStr]

    one_text: list[SecretStr] = []
    number: Secret[int] | None = None
    raw: SecretBytes | None = None


TYPED = ["cards[0].pin", "by-name.gold.pin", "codes[1]", "codes", "cards[0].password", "number", "raw", "oneText"]


@pytest.mark.parametrize("key", TYPED)
def test_a_secret_is_known_by_the_type_that_it_is_bound_to(key: str) -> None:
    """At any depth, and where a comma separates several."""
    made = environment({})
    made.secrets.declare("wallet", Wallet)

    assert made.secrets.is_secret(f"wallet.{key}")


@pytest.mark.parametrize("key", ["wallet.cards[0].name", "wallet.nothing.there", "purse.cards[0].code"])
def test_another_type_is_none(key: str) -> None:
    """Nor one that is bound elsewhere."""
    made = environment({})
    made.secrets.declare("wallet", Wallet)

    assert not made.secrets.is_secret(key)


@pytest.mark.parametrize("key", ["vault.entry", "vault.deeper"])
def test_what_a_secret_is_made_of_is_one(key: str) -> None:
    """A plain name does not help where all of a secret comes from it; a part of a text is none."""
    made = environment(
        {"db.password": "${vault.entry:x}", "vault.entry": "${vault.deeper}", "vault.deeper": "m", "auth.token": "${host}/t"}
    )

    assert made.secrets.is_secret(key)
    assert not made.secrets.is_secret("host")


def test_asking_for_a_secret_type_makes_the_setting_one() -> None:
    """By a constructor's ``Value``."""
    made = environment({"card.digits": "1234-5678", "other": "x"})
    made.convert("${card.digits}", SecretStr, Origin("app.py"))

    assert MASK == made.secrets.shown("card.digits", "1234-5678")
    assert "x" == made.secrets.shown("other", "x")


MARK = "M4rk3d-s3cr3t"


@pytest.mark.parametrize("text", ["{}", "is '{}'!", "a{}b", "x\n{}\n"])
@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        ({"db.password": MARK}, {}),
        ({"encryptionKey": MARK}, {}),
        ({}, {"DB_PASSWORD": MARK}),
        ({}, {"WALLET_CARDS_0_PIN": MARK}),
        ({"wallet.codes": f"abc, {MARK}"}, {}),
        ({"db.password": "${vault.entry}", "vault.entry": MARK}, {}),
        ({"db.password": f"pre-{MARK}${{vault.entry}}"}, {}),
    ],
)
def test_the_value_of_a_secret_is_masked_in_any_text(settings: dict[str, object], variables: dict[str, str], text: str) -> None:
    """Wherever it was set."""
    made = environment(settings, **variables)
    made.secrets.declare("wallet", Wallet)

    shown = text.format(f"pre-{MARK}" if "pre-" in str(settings) else MARK)
    assert MARK not in made.secrets.masked(shown)
    assert text.format(MASK) == made.secrets.masked(shown)


@pytest.mark.parametrize("value", ["postgres", "1234", "true", "", "x"])
def test_words_and_small_numbers_are_left_in_other_text(value: str) -> None:
    """A development password would else blot out half of the log; shown by its key it is masked all the same."""
    made = environment({"db.password": value})

    assert f"connecting to {value} at 1234" == made.secrets.masked(f"connecting to {value} at 1234")
    assert (MASK if value else "") == made.secrets.shown("db.password", value)


def test_what_was_a_secret_stays_one_when_settings_are_read_again() -> None:
    """Its old value may still be in use."""
    made = environment({"db.password": MARK})
    made.secrets.masked("")
    made.follow(environment({"db.password": "another-1"}))

    assert f"{MASK} {MASK}" == made.secrets.masked(f"{MARK} another-1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://me:pw@host/db", "postgres://me:******@host/db"),
        ("redis://:p@ss/w@host", "redis://:******@host"),
        ("a http://u:p@h, http://v:q@i", "a http://u:******@h, http://v:******@i"),
        ("http://host:8080/path", "http://host:8080/path"),
        ("jdbc:x:thin;user=me;password=pw;ssl=on", "jdbc:x:thin;user=me;password=******;ssl=on"),
        ("https://h/?api_key=abc&x=1", "https://h/?api_key=******&x=1"),
        ("host=h db.password=pw", "host=h db.password=******"),
        ("password=******", "password=******"),
        ("no secret = here", "no secret = here"),
    ],
)
def test_passwords_inside_uris_and_connection_strings_are_masked(text: str, shown: str) -> None:
    """Whatever the setting is called."""
    assert shown == without_passwords(text)


def test_a_short_value_is_hidden_where_it_is_a_word() -> None:
    """In the message of the field that holds it."""
    assert "****** is no 1st" == hidden("1 is no 1st", ["1", ""])


@pytest.mark.parametrize("seed", range(20))
def test_a_value_of_any_characters_is_masked_in_any_spelling(seed: int) -> None:
    """Quoted, in JSON, in a URI, in capitals; with signs that mean something in a pattern."""
    draw = Random(seed)
    value = "".join(draw.choices(string.ascii_letters + string.punctuation.replace("$", "").replace(",", "") + "\n\té\u4e2d", k=14)) + "x"
    made = environment({"db.password": value})
    told = [
        value,
        value.upper() if value.upper().lower() == value.lower() else value,
        repr(value),
        repr({"a": [value]}),
        json.dumps(value),
        json.dumps({"a": value}, ensure_ascii=False),
        f"x://me:{quote(value, safe='')}@h",
        f"pre{value}post",
    ]

    for text in told:
        shown = made.secrets.masked(text)
        assert value not in shown, (seed, value, text)
        assert MASK in shown, (seed, value, text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user='u' password='top1 secret'", f"user='u' password={MASK}"),
        ('Login username="u" password="top1";', f'Login username="u" password={MASK};'),
        (
            "-----BEGIN RSA PRIVATE KEY-----\ntop1\n-----END RSA PRIVATE KEY-----\nx",
            f"-----BEGIN RSA PRIVATE KEY-----{MASK}-----END RSA PRIVATE KEY-----\nx",
        ),
        ("-----BEGIN PRIVATE KEY-----\ntop1 cut o", f"-----BEGIN PRIVATE KEY-----{MASK}"),
        ("-----BEGIN CERTIFICATE-----\nopen\n", "-----BEGIN CERTIFICATE-----\nopen\n"),
    ],
)
def test_what_is_a_secret_by_its_form_is_masked_anywhere(text: str, shown: str) -> None:
    """A quoted password, and a private key in its armour, whatever the setting is called that holds it."""
    assert shown == without_passwords(text) == without_passwords(without_passwords(text))


def test_the_working_folder_is_no_password() -> None:
    """A shell sets PWD and OLDPWD, which would be masked in each path of a stack trace; a password of that name is a secret still."""
    folders = environment({}, PWD="/srv/app-1", OLDPWD="/home/ann")
    password = environment({}, PWD="hunter-22")

    assert 'File "/srv/app-1/app.py", "/home/ann"' == folders.secrets.masked('File "/srv/app-1/app.py", "/home/ann"')
    assert MASK == password.secrets.masked("hunter-22")
