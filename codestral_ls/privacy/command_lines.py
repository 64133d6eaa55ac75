"""Passwords in the arguments of programs, where no name stands before them.

``curl -u me:…``, ``mysql -p…``, ``echo … | chpasswd``: a row for each way in which programs take
one. Where a long option names it (``--password …``), ``assignments`` reads it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator

from codestral_ls.privacy.randomness import is_placeholder

# One line's arguments before the one in question. Bounded, since every name of a program that
# stands in a text is tried.
_ARGUMENTS = r"[^\n|;]{0,200}?\s"
_QUOTE = r"(?:\\?[\"'])"
_VALUE = r"(?:'([^'\s]{5,128})'|\\?\"([^\"\s\\]{5,128})\\?\"|([^\s\"'`|;&<>\\,]{5,128}))"
_TO_THE_END = r"([^\s\"'`|;&<>\\]{5,128})"

# A program that gets a user and a password in this way, whichever it is.
_USER = r"-(?:u|U|l|user|-user(?:name)?)[ =]?[^\s-]\S{0,63}"

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
    (
        "-p -P",
        r"[a-z][\w.-]{1,30}",
        rf"(?:[ ][^\n|;]{{0,120}})?[ ]{_USER}(?:[ ][^\n|;]{{0,80}})?[ ]-[pPw][ ]?{_VALUE}",
    ),
    ("sshpass", r"sshpass", rf"{_ARGUMENTS}-p[ ]?{_VALUE}"),
    (
        "redis-cli valkey-cli keydb-cli",
        r"redis-cli|valkey-cli|keydb-cli",
        rf"{_ARGUMENTS}(?:-a|--pass)[ ]?{_VALUE}",
    ),
    (
        "mongo docker podman buildah skopeo nerdctl helm oc az cf kinit oras crane mosquitto"
        " psexec hydra crackmapexec netexec nxc cqlsh snowsql useradd usermod",
        r"mongo\w{0,12}|docker|podman|buildah|skopeo|nerdctl|helm|oc|az|cf|kinit|psexec|hydra|crackmapexec"
        r"|netexec|nxc|cqlsh|snowsql|useradd|usermod"
        r"|oras|crane|mosquitto_\w{3}",
        rf"{_ARGUMENTS}(?:login{_ARGUMENTS})?-[pP](?:[ ]|(?=\\?[\"'])){_VALUE}",
    ),
    ("ldap wmic winexe", r"ldap\w{3,8}|wmic|winexe", rf"{_ARGUMENTS}-w[ ]?{_VALUE}"),
    (
        "htpasswd",
        r"htpasswd",
        r"[ ]+-[a-zA-Z]{0,16}b[a-zA-Z]{0,16}(?:[ ]+-\S+)*"
        rf"(?:[ ]+[^-\s]\S*)?[ ]+\S+[ ]+{_VALUE}",
    ),
    (
        "client mount net smbmap impacket",
        r"(?:smb|rpc)client|mount|net|smbmap|impacket-\w+",
        rf"{_ARGUMENTS}-U[ ]?{_QUOTE}?[^\s%]+%{_TO_THE_END}",
    ),
    (
        "ipmitool sqlcmd bcp osql zip tsql isql unrar snmp",
        r"ipmitool|sqlcmd|bcp|osql|zip|unzip|tsql|isql|unrar|snmp\w{3,8}",
        rf"{_ARGUMENTS}-[PAXc][ ]?{_VALUE}",
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
    ("ssh-keygen", r"ssh-keygen", rf"{_ARGUMENTS}-N[ ]?{_VALUE}"),
    ("rar", r"rar", rf"{_ARGUMENTS}-h?p{_VALUE}"),
    ("openssl", r"openssl", rf"{_ARGUMENTS}-[kK][ ]{_VALUE}"),
    ("qpdf", r"qpdf", rf"{_ARGUMENTS}--encrypt[ ]{_VALUE}"),
    ("qpdf", r"qpdf", rf"{_ARGUMENTS}--encrypt[ ]\S+[ ]{_VALUE}"),
    ("sqlplus", r"sqlplus", r"[ ]+(?:-\w[ ]+)*\w+/([^\s@\"']{5,128})"),
    ("schtasks", r"schtasks", rf"{_ARGUMENTS}/rp[ ]{_VALUE}"),
    ("net use", r"net use", rf"[ ]+(?:\w:[ ]+)?\S+[ ]+(?!/){_VALUE}"),
    ("vault", r"vault[ ]+login", rf"[ ]+(?:-\S+[ ]+)*(?!-){_VALUE}"),
    ("reg add", r"reg add", rf"{_ARGUMENTS}\w*[Pp]assword\b{_ARGUMENTS}/d[ ]{_VALUE}"),
    (
        "secret password param",
        r"aws|az|gh|gcloud|wrangler|heroku|fly|doppler",
        rf"[ ][^\n|;]{{0,120}}?(?:secret|password|param){_ARGUMENTS}"
        rf"(?:--(?:value|body|secret-string|string-value|data)[ =]?|<<<[ ]?){_VALUE}",
    ),
    ("unlock-keychain generic-password", r"security", rf"{_ARGUMENTS}-[pw][ ]{_VALUE}"),
    ("signtool certutil", r"signtool|certutil", rf"{_ARGUMENTS}[-/]p[ ]{_VALUE}"),
    ("ldappasswd", r"ldappasswd", rf"{_ARGUMENTS}-[sa][ ]{_VALUE}"),
    ("hash-password", r"\w+[ ]+hash-password", rf"{_ARGUMENTS}--plaintext[ =]{_VALUE}"),
    (
        "mosquitto_passwd http-basic",
        r"mosquitto_passwd|(?:poetry|composer)[ ]+config",
        rf"{_ARGUMENTS}(?:-b[ ]+\S+|http-basic\.\S+)[ ]+\S+[ ]+{_VALUE}",
    ),
    ("<<<", r"\w[\w.-]{1,30}", rf"(?:[ ][^\n|;<>]{{0,120}})?[ ]*<<<[ ]*{_VALUE}"),
    # Network equipment and its monitoring.
    (
        "snmp-server community rocommunity rwcommunity com2sec",
        r"(?:snmp-server[ ]+|set[ ]+snmp[ ]+)?community|r[ow]community6?|com2sec[ ]+\S+[ ]+\S+",
        rf"[ ]+{_VALUE}",
    ),
    (
        "snmp-server createUser",
        r"snmp-server[ ]+user|createUser",
        rf"{_ARGUMENTS}(?:md5|sha|MD5|SHA)(?:-?\d+)?[ ]+{_VALUE}",
    ),
    (
        "snmp-server createUser",
        r"snmp-server[ ]+user|createUser",
        rf"{_ARGUMENTS}(?:priv|aes|des|AES|DES)(?:[ ]+(?:3?des|aes))?(?:[ -]?\d+)?[ ]+{_VALUE}",
    ),
    (
        "tacacs radius",
        r"(?:tacacs|radius)(?:-server)?",
        rf"{_ARGUMENTS}(?:key|secret)[ ]+(?:\d[ ]+)?{_VALUE}",
    ),
    (
        "username enable",
        r"username[ ]+\S+|enable",
        r"[ ]+(?:[\w-]+[ ]+){0,4}(?:password|secret)[ ]+(?:\d[ ]+)?" + _VALUE,
    ),
    (
        "pre-shared-key isakmp",
        r"pre-shared-key|isakmp[ ]+key",
        rf"[ ]+(?:ascii-text[ ]+|local[ ]+|remote[ ]+)?(?:\d[ ]+)?{_VALUE}",
    ),
    (
        "ickServ ickserv ICKSERV",
        r"(?i:nickserv)[ ]+:?(?i:identify|ghost|register|regain|recover)",
        rf"(?:[ ]+\S+)?[ ]+{_VALUE}",
    ),
    # Access lists of Redis.
    (" >", r"(?i:acl[ ]+setuser|user)", rf"[ ]+\S+[ ][^\n|;]{{0,80}}?>{_VALUE}"),
    (
        "connect sqlplus sqlldr expdp impdp rman",
        r"(?:[\w.]{1,64}\.)?connect\([\"']|sqlplus|sqlldr|expdp|impdp|rman",
        r"(?:[ ]+\S+){0,3}?[ ]*\w{1,64}/([^\s@\"'/]{5,128})@\w",
    ),
    # Tokens by themselves.
    (
        " -t -k -v -a -T",
        r"[a-z][\w.-]{1,30}",
        r"\)?[ ](?:[^\n|;]{0,120}[ ])?-[tkvaT][ ](?=\S{0,40}\d)([\w-]{32,128})(?![\w/.])",
    ),
    (
        "unseal",
        r"vault[ ]+operator[ ]+unseal",
        rf"[ ]+(?:-\S+[ ]+)*(?!-){_VALUE}",
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


# A program may take another: for privacy, or for a new one.
_MAX_PASSWORDS = 3


def arguments(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every password that a program gets."""
    if not _any_name().search(text):
        return
    for names, programs, rest in _ROWS:
        lines = _lines_with(names.split(), text)
        if not lines:
            continue
        pattern, again = _compiled(programs, rest)
        for line_start, line_end in lines:
            for program in pattern.finditer(text, line_start, line_end):
                found: re.Match[str] | None = program
                for _ in range(_MAX_PASSWORDS):
                    if found is None:
                        break
                    start, end = found.span(found.lastindex or 0)
                    if _is_password(text[start:end]):
                        yield start, end
                    found = again.match(text, found.end(), line_end)


def _lines_with(names: list[str], text: str) -> Collection[tuple[int, int]]:
    """Where the lines are that hold one of the names: few, so that patterns read little."""
    lines: dict[int, int] = {}
    for name in names:
        at = text.find(name)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = lines[start] = len(text) if end < 0 else end
            at = text.find(name, end)
    return lines.items()


@functools.cache
def _any_name() -> re.Pattern[str]:
    names = {name for row in _ROWS for name in row[0].split()}
    # Those that hold another are found with it.
    shortest = [name for name in names if not any(o != name and o in name for o in names)]
    return re.compile("|".join(map(re.escape, sorted(shortest))))


@functools.cache
def _compiled(programs: str, rest: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Of a row, when a line has one of its words: all of them take 30 ms, and few are needed."""
    return re.compile(rf"(?<![\w-])(?:{programs}){rest}"), re.compile(rest)


def _is_password(text: str) -> bool:
    """A password, and not a word that stands for one or another argument."""
    return (
        not is_placeholder(text)
        and not text.startswith(("$", "-", "%", "/", "~", "."))
        and not text.rstrip(".,:;)").isalpha()
        and not _NUMBERS.fullmatch(text)
        and "://" not in text
    )


_NUMBERS = re.compile(r"[\d.:/_-]+")
