"""Names that say: what I am given is a secret. In the languages that programs are written in."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

# After these, what a person chose is a secret too, and not only what a machine drew.
_PASSWORDS = (
    # English, and what programmers make of it.
    r"passw(?:or)?d|passwrd|pas?swo?r?d|passcode|passphrase|passkey|pswd|pwd|psw|secret|credential"
    r"|securestring|identified[ ](?:with[ ][\w\"']{1,40}[ ])?by|user[ ]\w{1,40}[ ]using"
    r"|assword|jwt\.(?:sign|encode|decode|verify)\([\w.]{1,40}"
    r"|(?:master|cli|redis)_?auth|redis-cli[ ]auth|(?<=:[ ])(?:eap|xauth)"
    r"|(?:store|key|user|db|root|admin|ssh|smtp|ftp|mail|my|wifi|http|proxy|become|gpg|sudo|require)"
    r"_?pass(?![a-z])"
    # German, Scandinavian, Dutch.
    r"|passwort|kennwort|losung|geheim(?:nis(?:se)?)?|zugangs(?:daten|code)"
    r"|l[öo]senord|adgangskode|kodeord|passord|wachtwoord"
    # Romance languages.
    r"|contrase(?:ñ|nh?|ni|n̄|&ntilde;)a|contrasenya|clave|secreto"
    r"|mots?[ _-]?de[ _-]?passe|segreto|parol[aăe]|pasahitza|senha|palavra[ _-]?passe|segredo"
    # Slavic, Hungarian, Finnish, Turkish, Greek.
    r"|has[łl]o|heslo|geslo|lozinka|лозинк|jelsz[óo]|salasana|[şs]ifre|парол|секрет|гасло"
    r"|κωδικ|συνθηματικ"
    # Asian languages, Arabic, Hebrew.
    r"|密码|密碼|口令|パスワード|暗証番号|合言葉|비밀번호|암호|비번|비밀"
    r"|كلمة[ _]المرور|كلمة[ _]السر|סיסמ|mật[ _]?khẩu|mat_?khau|รหัสผ่าน|पासवर्ड|kata[ _]?sandi"
)
_KEYS = (
    r"key|token|salt|oauth|-api(?=:)|auth(?:ori[sz]ation|entication)?|cookie|session|bearer|webhook|dockerconfigjson|dockercfg|kubeconfig|keytab"
    r"|fernet|hmac"
    r"|connection_?string|schl(?:ü|ue|u)ssel|jeton|chave|llave|sleutel|klucz|klíč|nyckel|nøgle|nokkel"
    r"|avain|kulcs|anahtar|chiave|ключ|токен|密钥|密鑰|金鑰|秘钥|令牌|秘密|暗号鍵|鍵|トークン|토큰|열쇠"
    r"|مفتاح|khóa"
)
# Too short to be looked for within other words.
# What takes a name and a password, in this order.
_LOGINS = (
    r"basic_?auth|auth(?=\s{0,4}[=:]\s{0,4}[\[(])|log_?in|sign_?in|authenticate"
    r"|(?:get)?connect(?:ion)?(?=\()|pdo(?=\()|mysqli(?:_connect)?(?=\()|credentials?|wifi\.begin(?=\()"
)
# The passwords of LDAP and of its tools are called so.
_SHORT_PASSWORDS = r"(?:bind|root|user|admin|db)_?pw|pass|pw|mdp|psk|creds?"
_SHORT_KEYS = r"jwt|sid|dsn|clés?|pat|pepper"

# What may follow the word in a name: a plural, a customary tail, more words after a joint.
_TAIL_WORDS = (
    r"(?:(?:s|es|en|n)?(?:value|store|string|str|text|hash|hex|data|base64|b64|env|prod|dev|default"
    r"|id|base)|s|es|en|n|e|ь|я|ы|и)?(?:[\d_.$-][\w.$-]{0,40})?"
)


def _alternatives(words: str) -> list[str]:
    """The top-level alternatives of a pattern."""
    parts, depth = [""], 0
    for piece in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|.", words):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _by_letter(*patterns: str, is_ascii: bool = False) -> str:
    """The same alternatives, with those of one first letter together: five times as fast.

    With ``is_ascii``, those alone that can be in a text of ASCII.
    """
    letters: dict[str, list[str]] = {}
    others: list[str] = []
    for word in (each for pattern in patterns for each in _alternatives(pattern)):
        if word[0].isalpha() and word[1:2] not in ("?", "*", "{"):
            letters.setdefault(word[0], []).append(word[1:])
        else:
            others.append(word)
    grouped = [
        f"{letter}(?:{'|'.join(rest)})"
        for letter, rest in letters.items()
        if letter.isascii() or not is_ascii
    ]
    return "|".join(grouped + others)


_ALL = (_LOGINS, _PASSWORDS, _KEYS, _SHORT_PASSWORDS, _SHORT_KEYS)


@functools.cache
def _word(*, is_ascii: bool) -> re.Pattern[str]:
    """Compiled at first use: most texts are of ASCII, and either takes milliseconds."""
    return re.compile(_by_letter(*_ALL, is_ascii=is_ascii))


_NAME = re.compile(
    rf"(?:(?P<login>{_LOGINS})|(?P<password>{_PASSWORDS})|(?P<key>{_KEYS})"
    rf"|(?:(?P<short_password>{_SHORT_PASSWORDS})|(?P<short_key>{_SHORT_KEYS}))(?![a-z]))"
)
_TAIL = re.compile(_TAIL_WORDS)
# ``hasloDoBazy``; and endings of languages that have more of them than are listed.
_ENDING = re.compile(r"\w{0,30}(?![\"'],)")

# These alone name many things: the key of a dictionary, a session, an author's salt.
_VAGUE = re.compile(r"(?:key|cookie|session|auth|salt|webhook|hmac|dsn|sid|pat)s?\Z")
_PUBLIC = re.compile(r"(?:public|pub)[\w.-]{0,24}\Z")
_DIGEST = re.compile(r"sha\d|md5|digest|fingerprint|checksum|hash")
_BEFORE = re.compile(r"[\w.$-]{0,40}\Z")


@dataclass(frozen=True, slots=True)
class Name:
    """Where a name's telling word begins and the name ends."""

    start: int
    end: int
    is_password: bool
    is_login: bool = False
    """What comes second in a list is a password."""


def lower(text: str) -> str:
    """Small letters, one for one, so that places stay what they are."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


def names(text: str, low: str) -> Iterator[Name]:
    """Every name like a secret's; ``low`` is ``lower(text)``."""
    search = _word(is_ascii=low.isascii()).search
    at = 0
    while word := search(low, at):
        start = word.start()
        found = _NAME.match(low, start)
        at = found.end() if found else start + 1
        if found is None:
            continue
        end = found.end()
        kind = found.lastgroup or ""
        if kind.startswith("short") and not _begins_word(text, start):
            continue
        after = text[end : end + 1]
        if (after.isupper() and not text[end - 1].isupper()) or (
            after.isalpha() and not low[start : end + 1].isascii()
        ):
            tail = _ENDING.match(low, end)
        else:
            tail = _TAIL.match(low, end)
        yield Name(start, tail.end() if tail else end, kind.endswith("password"), kind == "login")


def is_public(low: str, start: int) -> bool:
    """The public half of a pair of keys."""
    return _PUBLIC.search(low, max(0, start - 32), start) is not None


def is_digest(low: str, name: Name) -> bool:
    """What was made of a key, to know it by."""
    return not name.is_password and _DIGEST.search(low, name.start, name.end) is not None


def is_vague(low: str, name: Name) -> bool:
    """The whole name is a word that names more than secrets."""
    before = _BEFORE.search(low, max(0, name.start - 40), name.start)
    head = before[0] if before else ""
    return not head.strip("_.$-") and _VAGUE.match(low[name.start : name.end]) is not None


def _begins_word(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    return not before.isalpha() or (before.islower() and text[start].isupper())
