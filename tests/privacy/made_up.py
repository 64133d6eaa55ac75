"""Made-up secrets of every kind we know, and the places in programs where secrets stand.

Everything is put together from pieces when it is needed: no file of the repository holds a text
that has the form of a secret, so that no scanner has reason to complain of it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

ALNUM = ascii_letters + digits
URLSAFE = ALNUM + "_-"
BASE64 = ALNUM + "+/"
HEX = digits + "abcdef"
BASE32 = ascii_uppercase + "234567"


def drawn(random: Random, alphabet: str, length: int) -> str:
    """Characters at random."""
    return "".join(random.choices(alphabet, k=length))


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What stands in a text, and which part of it must not leave."""

    text: str
    secret: str


Builder = Callable[[Random], MadeUp]


def _parts(*parts: str | tuple[str, int]) -> Builder:
    """Literal pieces, and (alphabet, length) drawn at random; the whole is the secret."""

    def build(random: Random) -> MadeUp:
        text = "".join(part if isinstance(part, str) else drawn(random, *part) for part in parts)
        return MadeUp(text, text)

    return build


def _within(head: str, *parts: str | tuple[str, int], tail: str = "") -> Builder:
    """As ``_parts``, but what stands before and after is no secret."""
    inner = _parts(*parts)

    def build(random: Random) -> MadeUp:
        secret = inner(random).secret
        return MadeUp(head + secret + tail, secret)

    return build


def _jwt(random: Random) -> MadeUp:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": drawn(random, digits, 8), "name": "made up"})
    text = f"{head}.{body}.{drawn(random, URLSAFE, 43)}"
    return MadeUp(text, text)


def _basic(random: Random) -> MadeUp:
    login = f"me:{drawn(random, ALNUM, 12)}".encode()
    secret = base64.b64encode(login).decode()
    return MadeUp(f"Basic {secret}", secret)


def _private_key(random: Random) -> MadeUp:
    lines = [drawn(random, BASE64, 64) for _ in range(8)] + [drawn(random, BASE64, 22) + "=="]
    kind = random.choice(["", "RSA ", "EC ", "OPENSSH "])
    joint = random.choice(["\n", "\n", "\\n"])
    body = joint.join(lines)
    dashes = "-" * 5
    text = (
        f"{dashes}BEGIN {kind}PRIVATE KEY{dashes}{joint}{body}{joint}"
        f"{dashes}END {kind}PRIVATE KEY{dashes}"
    )
    return MadeUp(text, body)


def _end_of_private_key(random: Random) -> MadeUp:
    lines = [drawn(random, BASE64, 30), drawn(random, BASE64, 64), drawn(random, BASE64, 22) + "=="]
    body = "\n".join(lines)
    dashes = "-" * 5
    return MadeUp(f"{body}\n{dashes}END PRIVATE KEY{dashes}", body)


def _chosen(random: Random) -> MadeUp:
    word = random.choice(["Winter", "Dragon", "Berlin", "Coffee"])
    text = word + random.choice("!#-_*") + drawn(random, digits, 3) + drawn(random, ALNUM, 3)
    return MadeUp(text, text)


def _app_password(random: Random) -> MadeUp:
    secret = " ".join(drawn(random, ascii_lowercase, 4) for _ in range(4))
    return MadeUp(f"app password: {secret}", secret)


def _uuid(random: Random) -> MadeUp:
    text = "-".join(drawn(random, HEX, length) for length in (8, 4, 4, 4, 12))
    return MadeUp(text, text)


FORMATS: dict[str, Builder] = {
    "GitHub token": _parts("gh", "p_", (ALNUM, 36)),
    "GitHub fine-grained token": _parts("github_", "pat_", (ALNUM, 22), "_", (ALNUM, 59)),
    "GitLab token": _parts("gl", "pat-", (URLSAFE, 20)),
    "Atlassian token": _parts("ATA", "TT3", (URLSAFE, 180)),
    "AWS access key id": _parts("AK", "IA", (BASE32, 16)),
    "Google API key": _parts("AI", "za", (URLSAFE, 35)),
    "Google OAuth client secret": _parts("GOC", "SPX-", (URLSAFE, 28)),
    "Google OAuth token": _parts("ya", "29.", (URLSAFE, 120)),
    "Azure storage key": _within(
        "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=",
        (BASE64, 86),
        "==",
        tail=";EndpointSuffix=core.windows.net",
    ),
    "Azure shared access key": _within(
        "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=",
        (BASE64, 43),
        "=",
    ),
    "Azure client secret": _parts((ALNUM, 3), "8", "Q~", (ALNUM, 34)),
    "Azure signature": _within(
        "https://shop.blob.core.windows.net/a?sp=r&sig=", (ALNUM, 43), "%3D"
    ),
    "DigitalOcean token": _parts("dop", "_v1_", (HEX, 64)),
    "Fly.io token": _parts("fm", "2_", (BASE64, 100)),
    "Cloudflare origin key": _parts("v1", ".0-", (HEX, 24), "-", (HEX, 146)),
    "Databricks token": _parts("da", "pi", (HEX, 32)),
    "PlanetScale token": _parts("psc", "ale_tkn_", (URLSAFE, 43)),
    "Supabase token": _parts("sb", "p_", (HEX, 40)),
    "Anthropic key": _parts("sk-", "ant-api03-", (URLSAFE, 93), "AA"),
    "OpenRouter key": _parts("sk-", "or-v1-", (HEX, 64)),
    "OpenAI key": _parts("sk-", "proj-", (URLSAFE, 74), "T3Blbk", "FJ", (URLSAFE, 74)),
    "key of OpenAI's form": _parts("sk", "-", (ALNUM, 48)),
    "Hugging Face token": _parts("h", "f_", (ascii_letters, 34)),
    "Groq key": _parts("gs", "k_", (ALNUM, 52)),
    "xAI key": _parts("xa", "i-", (ALNUM, 80)),
    "Perplexity key": _parts("pp", "lx-", (ALNUM, 48)),
    "Replicate token": _parts("r", "8_", (ALNUM, 37)),
    "npm token": _parts("np", "m_", (ALNUM, 36)),
    "PyPI token": _parts("py", "pi-", "AgE", "IcHlwaS5vcmc", (URLSAFE, 120)),
    "RubyGems key": _parts("ruby", "gems_", (HEX, 48)),
    "crates.io token": _parts("c", "io", (ALNUM, 32)),
    "NuGet key": _parts("o", "y2", (ascii_lowercase + digits, 43)),
    "Docker Hub token": _parts("dckr", "_pat_", (URLSAFE, 27)),
    "Artifactory key": _parts("AK", "Cp", (ALNUM, 69)),
    "Slack token": _parts("xo", "xb-", (digits, 12), "-", (digits, 12), "-", (ALNUM, 24)),
    "Slack webhook": _within(
        "https://hooks.slack.com/services/", "T", (BASE32, 8), "/B", (BASE32, 8), "/", (ALNUM, 24)
    ),
    "Discord webhook": _within(
        "https://discord.com/api/webhooks/", (digits, 18), "/", (URLSAFE, 68)
    ),
    "Discord bot token": _parts("M", (ALNUM, 23), ".", (URLSAFE, 6), ".", (URLSAFE, 38)),
    "Telegram bot token": _parts((digits, 10), ":A", "A", (URLSAFE, 33)),
    "SendGrid key": _parts("S", "G.", (URLSAFE, 22), ".", (URLSAFE, 43)),
    "Twilio key": _parts("S", "K", (HEX, 32)),
    "Mailgun key": _parts("ke", "y-", (HEX, 32)),
    "Mailchimp key": _parts((HEX, 32), "-u", "s12"),
    "Stripe key": _parts("sk_", "live_", (ALNUM, 24)),
    "Stripe webhook secret": _parts("wh", "sec_", (ALNUM, 32)),
    "Square token": _parts("sq0", "atp-", (URLSAFE, 22)),
    "Shopify token": _parts("shp", "at_", (HEX, 32)),
    "Vault token": _parts("hv", "s.", (URLSAFE, 90)),
    "Terraform Cloud token": _parts((ALNUM, 14), ".atlas", "v1.", (URLSAFE, 67)),
    "Doppler token": _parts("dp", ".pt.", (ALNUM, 43)),
    "Pulumi token": _parts("pu", "l-", (HEX, 40)),
    "Postman key": _parts("PM", "AK-", (HEX, 24), "-", (HEX, 34)),
    "Sentry token": _parts("snt", "rys_", (BASE64, 120)),
    "New Relic key": _parts("NR", "AK-", (ascii_uppercase + digits, 27)),
    "Grafana token": _parts("gl", "sa_", (ALNUM, 32), "_", (HEX, 8)),
    "Linear key": _parts("lin", "_api_", (ALNUM, 40)),
    "Notion token": _parts("nt", "n_", (ALNUM, 46)),
    "Figma token": _parts("fi", "gd_", (URLSAFE, 40)),
    "Airtable token": _parts("p", "at", (ALNUM, 14), ".", (HEX, 64)),
    "HubSpot token": _parts(
        "pat", "-na1-", (HEX, 8), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 12)
    ),
    "age secret key": _parts("AGE-SEC", "RET-KEY-1", (ascii_uppercase + digits, 58)),
    "JSON web token": _jwt,
    "NVIDIA key": _parts("nva", "pi-", (URLSAFE, 64)),
    "hashed password": _parts("$2", "y$10$", (ALNUM, 53)),
    "token in a URL": _within("https://", (ALNUM, 32), tail="@git.example/shop.git"),
    "name and password": _within("root:", (ALNUM, 5), "!", (digits, 3), (ALNUM, 4)),
    "line of .pgpass": _within("db.example:5432:shop:me:", (ALNUM, 14)),
    "password for one program": _app_password,
    "password in a URL": _within("postgres://shop:", (ALNUM, 14), tail="@db.example:5432/shop"),
    "password of a database without a URL": _within(
        "shop:", (ALNUM, 14), tail="@tcp(db.example:3306)/shop"
    ),
    "password in a call that logs in": _within(
        'DriverManager.getConnection(url, "shop", "', (ALNUM, 14), tail='")'
    ),
    "signature in a URL": _within("https://files.example/a?sv=2022&sig=", (ALNUM, 44)),
    "Teams webhook": _within("https://x.webhook.office.com/webhookb2/", (HEX, 40)),
    "value before its name in XML": _within('<x value="', (ALNUM, 14), tail='" name="password"/>'),
    "password in a connection string": _within(
        "Server=db.example;User Id=shop;Password=", (ALNUM, 14), tail=";Encrypt=true"
    ),
    "private key of PuTTY": _within("Private-Lines: 1\n", (ALNUM, 64), tail="\nPrivate-MAC: 5f"),
    "number of a private key": _within('{"kty":"EC","d":"', (ALNUM, 43), tail='"}'),
    "Twilio token": _within(f'Client("AC{"0a1b" * 8}", "', (HEX, 32), tail='")'),
    "private key": _private_key,
    "end of a private key": _end_of_private_key,
    "bearer token": _within("Authorization: Bearer ", (ALNUM, 40)),
    "basic login": _basic,
    "secret on a command line": _within("deploy --api-token ", (ALNUM, 32)),
}
"""By the kinds of the table: secrets that are known wherever they stand."""

NAMED: dict[str, Builder] = {
    "32 letters and digits (Mistral's keys)": _parts((ALNUM, 32)),
    "32 hexadecimal digits (Twilio, Datadog)": _parts((HEX, 32)),
    "64 hexadecimal digits (signing keys)": _parts((HEX, 64)),
    "40 characters of Base64 (AWS secret keys)": _parts((BASE64, 40)),
    "44 characters of Base64 (encryption keys)": _parts((BASE64, 43), "="),
    "40 characters safe in URLs (Cloudflare)": _parts((URLSAFE, 40)),
    "24 small letters and digits": _parts((ascii_lowercase + digits, 24)),
    "20 letters and digits": _parts((ALNUM, 20)),
    "a UUID (Heroku, Azure)": _uuid,
}
"""Secrets without a form: known by the name of what they are given to."""

CHOSEN: dict[str, Builder] = {"a password that a person chose": _chosen}
"""As ``NAMED``, but only where the name says password."""

SECRET_NAMES = ("api key", "access token", "client secret", "secret key", "db password")
PASSWORD_NAMES = ("db password", "admin passwd", "smtp pwd", "password")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands in a language. ``%N`` is its name, ``%S`` the text."""

    language: str
    template: str
    style: Callable[[str], str]

    def put(self, name: str, text: str) -> str:
        return self.template.replace("%N", self.style(name)).replace("%S", text)


def _snake(name: str) -> str:
    return name.replace(" ", "_")


def _screaming(name: str) -> str:
    return _snake(name).upper()


def _camel(name: str) -> str:
    head, *rest = name.split()
    return head + "".join(word.capitalize() for word in rest)


def _kebab(name: str) -> str:
    return name.replace(" ", "-")


PLACES = (
    Place("Python", '%N = "%S"\nclient = Client(%N)\n', _screaming),
    Place("Python", "client = Client(%N='%S', timeout=5)\n", _snake),
    Place("Python", 'os.environ["%N"] = "%S"\n', _screaming),
    Place("Python", '%N: str = "%S"\n', _snake),
    Place("JavaScript", 'const %N = "%S";\n', _camel),
    Place("JavaScript", "const options = { %N: `%S`, retries: 3 };\n", _camel),
    Place("TypeScript", "private readonly %N: string = '%S';\n", _camel),
    Place("JSON", '{\n  "%N": "%S",\n  "retries": 3\n}\n', _camel),
    Place("YAML", "service:\n  %N: %S\n  retries: 3\n", _snake),
    Place("YAML", '- name: %N\n  value: "%S"\n', _screaming),
    Place(".env", "DEBUG=1\n%N=%S\nPORT=8000\n", _screaming),
    Place("shell", 'export %N="%S"\n', _screaming),
    Place("TOML", '[service]\n%N = "%S"\n', _kebab),
    Place("INI", "[service]\n%N = %S\n", _snake),
    Place("Dockerfile", "FROM debian\nENV %N=%S\n", _screaming),
    Place("Go", '%N := "%S"\n', _camel),
    Place("Go", 'cfg := Config{%N: "%S", Retries: 3}\n', _camel),
    Place("Java", 'private static final String %N = "%S";\n', _screaming),
    Place("Java", 'builder.%N("%S").build();\n', _camel),
    Place("C#", 'var %N = "%S";\n', _camel),
    Place("Ruby", "config = { :%N => '%S' }\n", _snake),
    Place("PHP", "define('%N', '%S');\n", _screaming),
    Place("PHP", "$%N = '%S';\n", _snake),
    Place("Rust", 'const %N: &str = "%S";\n', _screaming),
    Place("C", 'static const char %N[] = "%S";\n', _snake),
    Place("XML", "<%N>%S</%N>\n", _camel),
    Place("Terraform", 'variable "x" {\n  %N = "%S"\n}\n', _snake),
    Place("Lua", 'local %N = "%S"\n', _snake),
)

PHRASES = (
    Place("comment", "# old: %S\n", _snake),
    Place("notes", "Use\n%S\nuntil Friday.\n", _snake),
    Place("log", "2031-01-02 got '%S' from vault\n", _snake),
)
"""Where no name helps."""
