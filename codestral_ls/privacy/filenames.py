"""Which files never leave this machine: by a name that promises secrets, or by the user's word.

Names only: no file is opened or even looked up here, so that the question can be asked for every
file of a workspace. A name decides wrongly at times; the table errs towards silence, because a
completion missed in ``server.key`` costs less than the key.
"""

from __future__ import annotations

import functools
import ntpath
import posixpath
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath

from codestral_ls.privacy.globs import GlobList

SECRET_NAMES: tuple[tuple[str, str], ...] = (
    # A pattern is matched, without regard to case, against the end of the path: a file name, or
    # some directories with one. ``*`` stays within a name, ``**`` does not.
    # Variables of a deployment, as dotenv, direnv and Docker's env_file read them.
    (".env*", "environment variables of a deployment (dotenv, direnv)"),
    ("*.env", "environment variables of a deployment (Docker's env_file)"),
    # Private keys and their containers: ssh-keygen(1), openssl-pkcs12(1), keytool, PuTTY, Apple.
    ("id_rsa*", "an SSH private key (ssh-keygen)"),
    ("id_dsa*", "an SSH private key (ssh-keygen)"),
    ("id_ecdsa*", "an SSH private key (ssh-keygen)"),
    ("id_ed25519*", "an SSH private key (ssh-keygen)"),
    ("*_rsa", "an SSH private key by custom"),
    ("*_ed25519", "an SSH private key by custom"),
    (".ssh/**", "the SSH directory: keys, hosts, and who may log in"),
    ("*.pem", "PEM, the usual wrapping of private keys (OpenSSL)"),
    ("*.key", "a private key by custom (web servers, Rails' master.key)"),
    ("*.p8", "a PKCS #8 private key (Apple's push and sign-in keys)"),
    ("*.p12", "a PKCS #12 store with private keys"),
    ("*.pfx", "a PKCS #12 store with private keys (Windows)"),
    ("*.pkcs12", "a PKCS #12 store with private keys"),
    ("*.jks", "a Java key store"),
    ("*.keystore", "a Java or Android key store"),
    ("*.bks", "a Bouncy Castle key store (Android)"),
    ("*.ppk", "a PuTTY private key"),
    ("*.snk", "a .NET strong-name key pair"),
    ("*.jwk", "a JSON Web Key, private ones included (RFC 7517)"),
    (".gnupg/**", "GnuPG's home: key rings and trust"),
    ("secring.*", "a GnuPG secret key ring"),
    ("*secret*.asc", "an exported OpenPGP secret key by custom"),
    ("etc/wireguard/*", "WireGuard's private keys"),
    ("*.ovpn", "an OpenVPN profile, usually with its key inside"),
    # Password managers and browsers.
    ("*.kdb", "a KeePass database"),
    ("*.kdbx", "a KeePass database"),
    ("*.agilekeychain/**", "a 1Password vault"),
    ("*.opvault/**", "a 1Password vault"),
    ("*.keychain", "a macOS key chain"),
    ("*.keychain-db", "a macOS key chain"),
    (".password-store/**", "the store of pass(1)"),
    ("keyrings/*", "GNOME's key rings"),
    ("key[34].db", "Firefox's key store"),
    ("logins.json", "Firefox's saved logins"),
    # Logins that command-line programs keep.
    (".netrc*", "logins of curl, ftp and git (netrc(5))"),
    ("_netrc", "logins of curl and git on Windows"),
    (".authinfo*", "logins of Emacs"),
    (".git-credentials", "git-credential-store(1)"),
    (".config/git/credentials", "git-credential-store(1)"),
    (".config/gh/hosts.yml", "the GitHub CLI's tokens"),
    (".config/hub", "hub's GitHub token"),
    (".config/glab-cli/config.yml", "the GitLab CLI's tokens"),
    (".pgpass", "PostgreSQL passwords (libpq)"),
    ("pgpass.conf", "PostgreSQL passwords (libpq on Windows)"),
    (".pg_service.conf", "PostgreSQL connections, passwords included (libpq)"),
    (".my.cnf", "MySQL logins"),
    (".mylogin.cnf", "MySQL logins (mysql_config_editor)"),
    ("*.smbcredentials", "logins for mount.cifs(8)"),
    (".fetchmailrc", "mail passwords"),
    (".msmtprc", "mail passwords"),
    (".rclone.conf", "rclone's remotes with their keys"),
    ("rclone.conf", "rclone's remotes with their keys"),
    ("sftp-config.json", "logins of Sublime SFTP"),
    (".vscode/sftp.json", "logins of the SFTP extension"),
    (".ftpconfig", "logins of editor extensions"),
    ("sitemanager.xml", "FileZilla's logins"),
    ("recentservers.xml", "FileZilla's logins"),
    # Package registries.
    (".npmrc", "npm's registry tokens"),
    (".pypirc", "PyPI upload tokens (twine)"),
    (".gem/credentials", "RubyGems' API key"),
    (".bundle/config", "Bundler's registry logins"),
    (".cargo/credentials*", "crates.io tokens"),
    (".m2/settings*.xml", "Maven's server passwords"),
    (".gradle/gradle.properties", "Gradle's repository logins and signing keys"),
    ("auth.json", "Composer's registry logins; token caches of several CLIs"),
    # Clouds, containers, infrastructure.
    (".aws/credentials", "AWS access keys"),
    (".aws/config", "AWS profiles, sometimes with keys"),
    (".aws/**/cache/*", "AWS session tokens"),
    (".boto", "AWS and Google Cloud keys of boto and gsutil"),
    (".s3cfg", "s3cmd's access keys"),
    (".azure/**", "the Azure CLI's tokens and profiles"),
    ("gcloud/**", "the Google Cloud CLI's credentials"),
    ("*credential*.json", "credentials by their own account (Google, AWS exports)"),
    ("credentials", "credentials by their own account"),
    ("credentials.y*ml", "credentials by their own account"),
    ("credentials.yml.enc", "Rails' encrypted credentials"),
    ("credentials.toml", "credentials by their own account"),
    ("credentials.xml", "Jenkins' credentials"),
    ("credentials.ini", "credentials by their own account"),
    ("credentials.properties", "credentials by their own account"),
    ("credentials*.csv", "AWS's download of a new user's keys"),
    ("*accesskeys.csv", "AWS's download of access keys"),
    ("*service*account*.json", "a Google Cloud service account with its private key"),
    ("*firebase-adminsdk*.json", "a Firebase service account with its private key"),
    ("gha-creds-*.json", "the key file google-github-actions/auth leaves in the checkout"),
    ("client_secret*.json", "a Google OAuth client's secret"),
    ("token.json", "an OAuth token as Google's samples store it"),
    ("*.publishsettings", "an Azure deployment's passwords"),
    (".docker/config.json", "registry logins of Docker"),
    (".dockerconfigjson", "registry logins of Docker, as Kubernetes stores them"),
    (".dockercfg", "registry logins of old Docker"),
    ("containers/auth.json", "registry logins of Podman"),
    (".kube/**", "Kubernetes' clusters and client keys"),
    ("kubeconfig*", "Kubernetes' clusters and client keys"),
    ("*.kubeconfig", "Kubernetes' clusters and client keys"),
    ("*.tfstate", "Terraform's state, which holds every secret in the clear"),
    ("*.tfstate.*", "Terraform's state, which holds every secret in the clear"),
    ("*.tfvars", "Terraform's variables"),
    ("*.tfvars.json", "Terraform's variables"),
    (".terraformrc", "Terraform Cloud tokens"),
    ("terraform.rc", "Terraform Cloud tokens"),
    ("*.tfrc.json", "Terraform Cloud tokens"),
    ("pulumi/credentials.json", "Pulumi's tokens"),
    (".vault-token", "HashiCorp Vault's token"),
    (".vault_pass*", "Ansible Vault's password"),
    (".vault-pass*", "Ansible Vault's password"),
    ("vault_pass*.txt", "Ansible Vault's password"),
    ("vault.y*ml", "Ansible's secrets, in the clear while they are edited"),
    ("*.vault.y*ml", "Ansible's secrets, in the clear while they are edited"),
    ("*.vault", "secrets by their own account"),
    # Applications.
    ("*secrets.y*ml", "secrets by their own account (Rails, Helm, Kubernetes)"),
    ("secret.y*ml", "a Kubernetes Secret"),
    ("*secrets.json", "secrets by their own account (.NET user secrets)"),
    ("*secrets.toml", "secrets by their own account (Streamlit)"),
    ("*secrets.ini", "secrets by their own account"),
    ("*secrets.properties", "secrets by their own account"),
    ("secrets.xml", "secrets by their own account"),
    (".secrets*", "secrets by their own account (act, Dynaconf)"),
    ("run/secrets/*", "secrets mounted by Docker and Kubernetes"),
    ("wp-config.php", "WordPress' database password and salts"),
    ("*.htpasswd", "web server passwords (htpasswd(1))"),
    ("htpasswd", "web server passwords (htpasswd(1))"),
    ("etc/shadow", "password hashes (shadow(5))"),
    ("etc/gshadow", "password hashes (gshadow(5))"),
    ("codestral-ls/config.toml", "our own settings, which may hold keys in headers and proxies"),
    # Histories: what was typed, secrets on the command line included.
    (".*_history", "a history of commands (bash, zsh, psql, mysql, python, node)"),
    (".histfile", "a history of commands (zsh)"),
    (".sh_history", "a history of commands (ksh)"),
    ("fish_history", "a history of commands (fish)"),
    ("consolehost_history.txt", "a history of commands (PowerShell)"),
    ("nushell/history.*", "a history of commands (Nushell)"),
)
"""Pattern, and what such a file is: words that complete "this looks like …"."""

# Made to be published: placeholders of the above, and the public halves of key pairs.
_HARMLESS = re.compile(
    r"[._-](?:example|sample|template|tmpl|dist)\Z|\.pub\Z"
    r"|(?:\A|/)(?:example|sample|template|tmpl)\.env\Z"
)
# Copies that editors, patch and people leave beside a file hold what the file holds. Windows
# opens ``x``, ``x.``, ``x `` and ``x::$DATA`` alike.
_COPY = re.compile(r"(?:~|\.\d{1,2}|\.(?:bak|backup|old|orig|rej|save|tmp)|[ .]+|::\$data)\Z")
_EMACS_COPY = re.compile(r"(?:\A|(?<=/))(?:#([^/]+)#|\.#([^/]+))\Z")
_VIM_COPY = re.compile(r"(?:\A|(?<=/))\.([^/]+)\.sw[a-p]\Z")


# ``id_rsa.bak.old`` is a copy of a copy.
_MAX_COPIES = 4


def why_secret(path: str) -> str | None:
    """What a file of this name usually holds, if that is secrets; else None.

    Reads as the end of "this file looks like …". Takes absolute and relative paths of any
    platform, with either separator.
    """
    # As file systems that ignore case do it: they take ``ſ`` for ``s``, too.
    name = _one_spelling(path).replace("\\", "/").casefold()
    for _ in range(_MAX_COPIES):
        reason = _reason(name)
        original = _original(name)
        if reason is not None or original == name:
            return reason
        name = original
    return _reason(name)


def looks_secret(path: str) -> bool:
    """The name promises secrets: the file is never sent anywhere and never used as context."""
    return why_secret(path) is not None


def _reason(name: str) -> str | None:
    if _HARMLESS.search(name):
        return None
    names, places = _tables()
    found = names.fullmatch(name.rpartition("/")[2])
    if found is not None:
        return _NAMES[(found.lastindex or 1) - 1][1]
    found = places.search(name)
    return _PLACES[(found.lastindex or 1) - 1][1] if found else None


def _original(name: str) -> str:
    """The name of the file that ``name`` is a copy of by its marks; else ``name``."""
    name = _EMACS_COPY.sub(r"\1\2", _COPY.sub("", name))
    # Vim hides ``x`` as ``.x.swp``, and ``.x`` as ``.x.swp`` too.
    hidden = _VIM_COPY.search(name)
    if hidden is None:
        return name
    return name[: hidden.start()] + ("." if _reason("." + hidden[1]) else "") + hidden[1]


_NAMES = tuple(row for row in SECRET_NAMES if "/" not in row[0])
_PLACES = tuple(row for row in SECRET_NAMES if "/" in row[0])
_WILDCARDS = {"*": "[^/]*", "**": ".*"}


def _pattern(glob: str) -> str:
    parts = re.split(r"(\*\*?|\[\w+\])", glob)
    return "".join(
        part if part.startswith("[") else _WILDCARDS.get(part) or re.escape(part) for part in parts
    )


@functools.cache
def _tables() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns for the last part of a path and for its end; one group for each row.

    Apart, because nearly every question is about a source file, and one search over all rows
    at every slash takes three times as long. Compiled at first use, not at start-up.
    """
    names = "|".join(f"({_pattern(glob)})" for glob, _ in _NAMES)
    places = "|".join(f"({_pattern(glob)})" for glob, _ in _PLACES)
    return re.compile(names, re.DOTALL), re.compile(rf"(?:\A|/)(?:{places})\Z", re.DOTALL)


def matches(globs: Iterable[str], path: str, root: str | None) -> bool:
    """The user's ``exclude`` covers this file.

    The globs mean what they would in a ``.gitignore`` in ``root``; a glob that git would not
    understand counts for nothing. A file outside ``root`` (or without one) is matched by its
    whole path, so that ``*.log`` and ``private/`` cover it too.
    """
    patterns = tuple(globs)
    return bool(patterns) and _list(patterns).covers(
        _relative(_one_spelling(path), root and _one_spelling(root))
    )


# The user's list alone, or united with those of a few workspace roots.
@functools.lru_cache(maxsize=32)
def _list(globs: tuple[str, ...]) -> GlobList:
    return GlobList([_one_spelling(glob) for glob in globs])


def _one_spelling(text: str) -> str:
    """One way to write accents: macOS opens a file by either, and editors hand over both."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def _relative(path: str, root: str | None) -> str:
    if _WINDOWS.match(path):
        return _relative_windows(path, root)
    pure = PurePosixPath(posixpath.normpath(path))
    if root is not None:
        base = PurePosixPath(posixpath.normpath(root))
        if pure.is_relative_to(base):
            pure = pure.relative_to(base)
    return str(pure).lstrip("/")


def _relative_windows(path: str, root: str | None) -> str:
    pure = PureWindowsPath(ntpath.normpath(path))
    if root is not None:
        base = PureWindowsPath(ntpath.normpath(root))
        if pure.is_relative_to(base):
            pure = pure.relative_to(base)
    return pure.relative_to(pure.anchor).as_posix() if pure.anchor else pure.as_posix()
