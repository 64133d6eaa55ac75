"""Passwords in the arguments of programs, where no name stands before them.

``curl -u me:…``, ``mysql -p…``, ``echo … | chpasswd``: a row for each way in which programs take
one. Where a long option names it (``--password …``), ``assignments`` reads it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from codestral_ls.privacy.randomness import is_placeholder

# One line's arguments before the one in question. Bounded, since every name of a program that
# stands in a text is tried.
_ARGUMENTS = r"[^\n|;]{0,200}?\s"
_QUOTE = r"(?:\\?[\"'])"
_VALUE = r"(?:'([^'\s]{5,128})'|\\?\"([^\"\s\\]{5,128})\\?\"|([^\s\"'`|;&<>\\,]{5,128}))"
_TO_THE_END = r"([^\s\"'`|;&<>\\]{5,128})"

_ROWS: tuple[tuple[str, str, str], ...] = (
    # Words of which one is there; programs; and their arguments up to the password.
    (
        "curl http xh wget",
        r"curl|http|https|xh|wget",
        rf"{_ARGUMENTS}(?:-[a-zA-Z]{{0,4}}[uUa]|--user|--proxy-user|--auth)[ =]?{_QUOTE}?"
        rf"(?:\$\{{\{{[^{{}}\n]{{0,64}}\}}\}}|[^\s:\"']{{0,64}}):{_TO_THE_END}",
    ),
    (
        "mysql mariadb 7z",
        r"(?:mysql|mariadb)(?:dump|admin|import|show|check|slap|binlog|-dump|-admin)?|7z[ar]?",
        rf"{_ARGUMENTS}-p{_VALUE}",
    ),
    ("sshpass", r"sshpass", rf"{_ARGUMENTS}-p[ ]?{_VALUE}"),
    (
        "redis-cli valkey-cli keydb-cli",
        r"redis-cli|valkey-cli|keydb-cli",
        rf"{_ARGUMENTS}(?:-a|--pass)[ ]?{_VALUE}",
    ),
    (
        "mongo docker podman buildah skopeo nerdctl helm oc az cf kinit oras crane mosquitto",
        r"mongo\w{0,12}|docker|podman|buildah|skopeo|nerdctl|helm|oc|az|cf|kinit"
        r"|oras|crane|mosquitto_\w{3}",
        rf"{_ARGUMENTS}(?:login{_ARGUMENTS})?(?:-p|-P)[ ]{_VALUE}",
    ),
    ("ldap wmic winexe", r"ldap\w{3,8}|wmic|winexe", rf"{_ARGUMENTS}-w[ ]?{_VALUE}"),
    ("htpasswd", r"htpasswd", rf"[ ]+-[a-zA-Z]*b[a-zA-Z]*{_ARGUMENTS}\S+[ ]+{_VALUE}"),
    (
        "client mount net smbmap impacket",
        r"(?:smb|rpc)client|mount|net|smbmap|impacket-\w+",
        rf"{_ARGUMENTS}-U[ ]?{_QUOTE}?[^\s%]+%{_TO_THE_END}",
    ),
    (
        "ipmitool sqlcmd bcp osql zip tsql isql unrar snmp",
        r"ipmitool|sqlcmd|bcp|osql|zip|unzip|tsql|isql|unrar|snmp\w{3,8}",
        rf"{_ARGUMENTS}-[PAX][ ]?{_VALUE}",
    ),
    ("ftp", r"lftp|ncftp\w*", rf"{_ARGUMENTS}-u[ ]?{_QUOTE}?[^\s,]+,{_TO_THE_END}"),
    (
        "plink pscp psftp putty kitty",
        r"plink|pscp|psftp|putty|kitty",
        rf"{_ARGUMENTS}-pw[ ]{_VALUE}",
    ),
    ("net", r"net[ ]+user", rf"[ ]+\S+[ ]+(?!/){_VALUE}"),
    (
        "freerdp cmdkey rdesktop",
        r"x?freerdp3?|cmdkey|rdesktop",
        rf"{_ARGUMENTS}/p(?:ass)?:{_VALUE}",
    ),
    (
        "rabbitmqctl wpa_passphrase",
        r"rabbitmqctl[ ]+(?:add_user|change_password)|wpa_passphrase",
        rf"[ ]+\S+[ ]+{_VALUE}",
    ),
    (
        "chpasswd",
        r"echo|printf",
        rf"[ ]+(?:-n[ ]+)?{_QUOTE}?[\w.@-]{{1,64}}:([^\s\"'|]{{5,128}}){_QUOTE}?"
        r"[ ]*\|[ ]*(?:sudo[ ]+)?chpasswd",
    ),
    (
        "sudo passwd cryptsetup su stdin with-token kinit gh",
        r"echo|printf",
        rf"[ ]+(?:-n[ ]+)?{_VALUE}[ ]*\|[ ]*(?:sudo[ ]+-\w*S|passwd\b|cryptsetup\b|su\b"
        r"|[^\n|]{0,80}--?(?:\w+-)?(?:stdin|with-token)|kinit\b|gh[ ]+auth)",
    ),
)


def arguments(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every password that a program gets."""
    for names, pattern in _compiled():
        if not any(name in text for name in names):
            continue
        for found in pattern.finditer(text):
            start, end = found.span(found.lastindex or 0)
            if _is_password(text[start:end]):
                yield start, end


@functools.cache
def _compiled() -> tuple[tuple[list[str], re.Pattern[str]], ...]:
    return tuple(
        (names.split(), re.compile(rf"(?<![\w-])(?:{programs}){rest}"))
        for names, programs, rest in _ROWS
    )


def _is_password(text: str) -> bool:
    """A password, and not a word that stands for one or another argument."""
    return (
        not is_placeholder(text)
        and not text.startswith(("$", "-", "%", "/", "~", "."))
        and not text.isalpha()
        and not _NUMBERS.fullmatch(text)
        and "://" not in text
    )


_NUMBERS = re.compile(r"[\d.:/_-]+")
