"""Forms by which issuers make their secrets recognisable, one row for each.

A row lists anchors, of which one is part of every such secret. A search for plain text is fast,
and most prompts have hardly any anchor, so that few patterns are ever tried on the whole of one.
Patterns whose anchor is common begin with a literal and look back afterwards at what must not
stand before it: that lets the search skip.

Minimum lengths are about half of what is issued, where the rest of the form is telling enough:
the edge of a window or the cursor may cut a secret, and the half that is there has the form
already. Where a prefix may begin ordinary names, the rest must look random as well.

Where a pattern has a group, the group is the secret; else the whole match is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from codestral_ls.privacy.randomness import is_placeholder, looks_chosen, looks_random

# No letter or digit touches the front of the token.
_FRONT = r"(?<![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """One kind of secret. ``check`` refuses matches that only look like it."""

    kind: str
    anchors: tuple[str, ...]
    pattern: str
    check: Callable[[str], bool] | None = None


def _holds_login(text: str) -> bool:
    """Base64 of ``user:password``."""
    try:
        login = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in login and login.isprintable()


def _is_password(text: str) -> bool:
    return not is_placeholder(text)


def _is_word(text: str) -> bool:
    return text.isalpha() and (text.islower() or text.isupper() or text.istitle())


WORDS: tuple[TokenFormat, ...] = (
    # Code hosting.
    TokenFormat(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        _FRONT + r"gh[pousr]_[A-Za-z0-9]{16,255}",
    ),
    TokenFormat("GitHub fine-grained token", ("github_pat_",), r"github_pat_\w{20,255}"),
    TokenFormat(
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glagent-", "gloas-", "glsoat-"),
        _FRONT + r"gl(?:pat|dt|rt|cbt|ptt|ft|agent|oas|soat)-[\w.-]{16,}",
    ),
    TokenFormat("Atlassian token", ("ATATT3", "ATCTT3", "ATBB"), r"AT(?:[AC]TT3|BB)[\w=-]{20,}"),
    # Clouds.
    TokenFormat(
        "AWS access key id",
        ("AKIA", "ASIA", "ABIA", "ACCA"),
        _FRONT + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
    ),
    TokenFormat("Google API key", ("AIza",), _FRONT + r"AIza[\w-]{20,}", looks_random),
    TokenFormat("Google OAuth client secret", ("GOCSPX-",), r"GOCSPX-[\w-]{14,}"),
    TokenFormat("Google OAuth token", ("ya29.",), _FRONT + r"ya29\.[\w-]{20,}"),
    TokenFormat("Azure storage key", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{40,}={0,2})"),
    TokenFormat(
        "Azure shared access key", ("AccessKey=",), r"AccessKey=([A-Za-z0-9+/]{20,}={0,2})"
    ),
    TokenFormat(
        "Azure client secret", ("Q~",), r"(?<![\w.~-])[\w.~-]{3}[0-9]Q~[\w.~-]{16,}", looks_random
    ),
    TokenFormat(
        "Azure signature", ("sig=",), r"[?&]sig=([A-Za-z0-9%+/]{30,}(?:%3D|=)?)", looks_random
    ),
    TokenFormat(
        "DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[0-9a-f]{32,}"
    ),
    TokenFormat(
        "Fly.io token", ("fo1_", "fm1", "fm2_"), _FRONT + r"(?:fo1|fm1[ar]|fm2)_[\w+/=-]{20,}"
    ),
    TokenFormat("Cloudflare origin key", ("v1.0-",), r"v1\.0-[0-9a-f]{20,}-[0-9a-f]{40,}"),
    TokenFormat("Databricks token", ("dapi",), _FRONT + r"dapi[0-9a-f]{20,}(?:-\d)?"),
    TokenFormat(
        "PlanetScale token",
        ("pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
        r"pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}",
    ),
    TokenFormat(
        "Supabase token",
        ("sbp_", "sb_secret_"),
        _FRONT + r"(?:sbp_[0-9a-f]|sb_secret_\w)[\w-]{19,}",
    ),
    # Models.
    TokenFormat("Anthropic key", ("sk-ant-",), _FRONT + r"sk-ant-[\w-]{20,}"),
    TokenFormat("OpenRouter key", ("sk-or-",), _FRONT + r"sk-or-v\d-[0-9a-f]{20,}"),
    TokenFormat(
        "OpenAI key",
        ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"),
        _FRONT + r"sk-(?:proj|svcacct|admin|None)-[\w-]{20,}",
    ),
    TokenFormat("key of OpenAI's form", ("sk-",), _FRONT + r"sk-[A-Za-z0-9]{20,}", looks_random),
    TokenFormat(
        "Hugging Face token",
        ("hf_", "api_org_"),
        _FRONT + r"(?:hf|api_org)_[A-Za-z0-9]{17,}(?!\w)",
    ),
    TokenFormat("Groq key", ("gsk_",), _FRONT + r"gsk_[A-Za-z0-9]{26,}", looks_random),
    TokenFormat("xAI key", ("xai-",), _FRONT + r"xai-[A-Za-z0-9]{40,}"),
    TokenFormat("Perplexity key", ("pplx-",), _FRONT + r"pplx-[A-Za-z0-9]{24,}"),
    TokenFormat("NVIDIA key", ("nvapi-",), _FRONT + r"nvapi-[\w-]{30,}"),
    TokenFormat("Replicate token", ("r8_",), _FRONT + r"r8_[A-Za-z0-9]{18,}", looks_random),
    # Package registries.
    TokenFormat("npm token", ("npm_",), _FRONT + r"npm_[A-Za-z0-9]{18,}", looks_random),
    TokenFormat("PyPI token", ("pypi-AgE",), r"pypi-AgE[\w-]{30,}"),
    TokenFormat("RubyGems key", ("rubygems_",), r"rubygems_[0-9a-f]{24,}"),
    TokenFormat(
        "crates.io token", ("cio",), _FRONT + r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", looks_random
    ),
    TokenFormat("NuGet key", ("oy2",), _FRONT + r"oy2[a-z0-9]{43}(?![A-Za-z0-9])", looks_random),
    TokenFormat("Docker Hub token", ("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[\w-]{14,}"),
    TokenFormat(
        "Artifactory key", ("AKCp", "cmVmdGtu"), _FRONT + r"(?:AKCp|cmVmdGtu)[A-Za-z0-9]{40,}"
    ),
    # Talk and mail.
    TokenFormat("Slack token", ("xox", "xapp-"), _FRONT + r"(?:xox[abceoprs]|xapp)-[\w.-]{12,}"),
    TokenFormat(
        "Slack webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/\w+/(\w+/\w+/\w{12,})",
    ),
    TokenFormat(
        "Teams webhook",
        ("webhook.office.com/", "/workflows/"),
        r"(?:webhook\.office\.com|/workflows)/(?:webhookb2/)?(\w[\w@%/-]{31,400})",
    ),
    TokenFormat(
        "Discord webhook",
        ("/webhooks/",),
        r"discord(?:app)?\.com/api(?:/v\d+)?/webhooks/(\d{15,}/[\w-]{30,})",
    ),
    TokenFormat(
        "Discord bot token",
        (".",),
        r"[MNO](?<![\w.-].)[A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{20,}",
        looks_random,
    ),
    TokenFormat("Telegram bot token", (":AA",), r"(?<!\d)\d{8,10}:AA[\w-]{20,}"),
    TokenFormat("SendGrid key", ("SG.",), _FRONT + r"SG\.[\w-]{16,}\.[\w-]{20,}"),
    TokenFormat("Twilio key", ("SK",), _FRONT + r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    TokenFormat("Mailgun key", ("key-",), _FRONT + r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    TokenFormat("Mailchimp key", ("-us",), _FRONT + r"[0-9a-f]{32}-us\d{1,2}\b"),
    # Money and shops.
    TokenFormat(
        "Stripe key",
        ("sk_live_", "rk_live_", "sk_test_", "rk_test_"),
        _FRONT + r"[sr]k_(?:live|test)_[A-Za-z0-9]{12,}",
    ),
    TokenFormat(
        "Stripe webhook secret", ("whsec_",), _FRONT + r"whsec_[A-Za-z0-9+/=]{16,}", looks_random
    ),
    TokenFormat("Square token", ("sq0atp-", "sq0csp-"), r"sq0(?:atp|csp)-[\w-]{16,}"),
    TokenFormat(
        "Shopify token",
        ("shpat_", "shpca_", "shppa_", "shpss_"),
        _FRONT + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}",
    ),
    # Tools.
    TokenFormat(
        "Vault token", ("hvs.", "hvb.", "hvr."), _FRONT + r"hv[sbr]\.[\w-]{20,}", looks_random
    ),
    TokenFormat("Terraform Cloud token", (".atlasv1.",), r"(?<!\w)\w{8,32}\.atlasv1\.[\w-]{20,}"),
    TokenFormat(
        "Doppler token",
        ("dp.",),
        _FRONT + r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?\w{20,}",
    ),
    TokenFormat("Pulumi token", ("pul-",), _FRONT + r"pul-[0-9a-f]{20,}"),
    TokenFormat("Postman key", ("PMAK-",), r"PMAK-[0-9a-f]{12,}(?:-[0-9a-f]+)?"),
    TokenFormat("Sentry token", ("sntrys_", "sntryu_"), r"sntry[su]_[\w+/=-]{20,}"),
    TokenFormat("New Relic key", ("NRAK-",), r"NRAK-[A-Z0-9]{14,}"),
    TokenFormat(
        "Grafana token", ("glsa_", "glc_"), _FRONT + r"gl(?:sa|c)_[\w+/=]{20,}", looks_random
    ),
    TokenFormat("Linear key", ("lin_api_", "lin_oauth_"), r"lin_(?:api|oauth)_[A-Za-z0-9]{20,}"),
    TokenFormat("Notion token", ("ntn_",), _FRONT + r"ntn_[A-Za-z0-9]{25,}", looks_random),
    TokenFormat("Figma token", ("figd_",), _FRONT + r"figd_[\w-]{20,}"),
    TokenFormat("Airtable token", ("pat",), _FRONT + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{32,}"),
    TokenFormat(
        "HubSpot token", ("pat-na", "pat-eu"), r"pat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f-]{14,}"
    ),
    TokenFormat("age secret key", ("AGE-SECRET-KEY-",), r"AGE-SECRET-KEY-1[A-Z0-9]{28,}"),
    # Forms that belong to nobody.
    TokenFormat(
        "hashed password",
        ("$2", "$apr1$", "$1$", "$5$", "$6$", "$y$", "$argon2", "pbkdf2_sha", "$scrypt$", "{SSHA"),
        r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{40,53}|\$(?:apr1|[156y])\$[^\s$:\"']{1,32}\$[./A-Za-z0-9$]{20,}"
        r"|\$(?:argon2(?:id?|d)|scrypt)\$[^\s:\"']{40,}|pbkdf2_sha\d+\$\d+\$[^\s:\"']{30,}"
        r"|\{SSHA\d{0,3}\}[A-Za-z0-9+/]{24,}=*",
        lambda text: not text.isalpha(),
    ),
    TokenFormat("JSON web token", ("eyJ",), r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]*)?"),
)
"""The secret, its anchor included, has no white space and at least 16 characters."""

_LINE = r"[A-Za-z0-9+/]{20,}+={0,2}+"
_LAST = r"=?+[A-Za-z0-9+/]++={0,2}+"
_HEADER = r"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\n\\\"]*+"
# Lines are joined by line ends, by their escapes in a JSON string, or as strings in a program.
_JOINT = r"(?:\\[nr]|[\s\"'`+,;\\|#*>()])"


def _joints(name: str, times: str = "+") -> str:
    """All that there are, because the characters of joints and lines overlap and every way to
    divide them would be tried. As a look ahead and what it saw: possessive groups match wrongly
    before Python 3.11.5 (gh-106052)."""
    return rf"(?=(?P<{name}>{_JOINT}{times}))(?P={name})"


_PRIVATE = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"

BLOCKS: tuple[TokenFormat, ...] = (
    TokenFormat(
        "private key",
        ("PRIVATE KEY",),
        rf"-----BEGIN {_PRIVATE}{_joints('a', '*')}((?:{_LINE}|{_HEADER})"
        rf"(?:{_joints('b')}(?:{_LINE}|{_HEADER}))*"
        rf"(?:{_joints('c')}(?:{_LAST}{_joints('d')})?{_LAST}(?={_JOINT}*-----END))?)",
    ),
    TokenFormat(
        "private key of PuTTY",
        ("Private-Lines:",),
        r"Private-Lines: \d{1,3}\s{1,2}((?:[\w+/=]{4,64}\s{1,2}){0,200}[\w+/=]{4,64})(?![\w:-])",
    ),
    # A window may begin in the middle of a key.
    TokenFormat(
        "end of a private key",
        ("PRIVATE KEY",),
        rf"\A{_joints('a', '*')}({_LAST}(?:{_joints('b')}{_LAST})*){_JOINT}*-----END {_PRIVATE}",
    ),
)
"""Those that reach over lines."""

PHRASES: tuple[TokenFormat, ...] = (
    TokenFormat(
        "password in a URL", ("://",), r"://[^\s/:@\"'`<>]*:([^\s/@,\"'`<>]{3,256})@", _is_password
    ),
    TokenFormat(
        "token in a URL", ("://",), r"://([A-Za-z0-9_-]{20,255})(?::x-oauth-basic)?@", looks_random
    ),
    TokenFormat(
        "name and password",
        ("root:", "admin:", "administrator:", "postgres:", "Administrator:"),
        r"(?<![^\s\"'`#])(?:root|[Aa]dmin(?:istrator)?|postgres):([^\s\"'`:/]{6,64})(?=[\s\"'`]|\Z)",
        lambda text: looks_random(text) or looks_chosen(text),
    ),
    TokenFormat(
        "line of .pgpass",
        (":543", ":643", ":*:", ":330"),
        r"(?<![^\s\"'`])[\w.*-]{1,255}:(?:\d{4,5}|\*):[^:\s]{1,63}:[^:\s]{1,63}:([^\s\"'`]{6,256})",
        _is_password,
    ),
    TokenFormat(
        "password for one program",
        ("assword", "ASSWORD"),
        r"[Aa](?:pp|PP)(?:lication)?[ _-]?[Pp](?:assword|ASSWORD)s?\W{1,6}"
        r"((?:[a-z]{4} ){3}[a-z]{4})(?![a-z])",
    ),
    TokenFormat(
        "password in a connection string",
        ("assword=", "Pwd=", "pwd="),
        r"(?:[Pp]assword|[Pp]wd)=([^\s;,&\"'`<>(){}\[\]]{6,})(?=[;&\"'`\s]|\Z)",
        lambda text: not is_placeholder(text) and not _is_word(text),
    ),
    TokenFormat(
        "password of a database without a URL",
        ("@tcp(", "@unix(", "@//", ":thin:", ":oci:", "sqlplus", "sqlldr", "rman target"),
        r"(?<![\w/.:-])[A-Za-z][\w.-]{0,63}(?::([^\s:@\"'`/]{3,128})@(?:tcp|unix)\("
        r"|/([^\s:@\"'`/]{3,128})@//)"
        r"|(?::thin:|:oci:|(?:sqlplus|sqlldr|rman target)[ \t](?:-\w{1,9}[ \t]){0,4})"
        r"[\"']?[A-Za-z][\w$#]{0,63}/([^\s@\"'`/]{3,128})@",
        _is_password,
    ),
    TokenFormat(
        "password in a call that logs in",
        ("getConnection(", "new PDO("),
        r"(?:getConnection|new PDO)\([^()\n]{1,200},\s{0,9}[\"'][^\"'\n]{1,64}[\"'],"
        r"\s{0,9}[\"']([^\"'\n]{3,64})[\"']",
        _is_password,
    ),
    TokenFormat(
        "signature in a URL",
        ("sig=", "ignature=", "code="),
        r"[?&](?:sig|code|[\w-]{0,24}[sS]ignature)=([A-Za-z0-9%+/_-]{30,256}={0,2})",
        looks_random,
    ),
    TokenFormat(
        "value before its name in XML",
        ("value=",),
        r"value=[\"']([^\"'<>\n]{6,256})[\"']\s+(?:name|key)=[\"'][\w.:-]{0,64}"
        r"(?i:passw|secret|token|api_?key)",
        lambda text: looks_random(text) or looks_chosen(text),
    ),
    # JSON Web Keys, and .NET's keys in XML.
    TokenFormat(
        "number of a private key",
        ('"d"', '"k"', '"p"', '"q"', "<D>", "<P>", "<Q>"),
        r"(?:\"(?:[dkpq]|d[pq]|qi)\":[ \t]{0,3}\"|<D?[DPQ]>)([A-Za-z0-9+/=_-]{40,})[\"<]",
        looks_random,
    ),
    TokenFormat("Twilio token", ("AC",), r"AC[0-9a-f]{32}[\"'`,: ]{1,6}([0-9a-f]{32})(?![0-9a-f])"),
    TokenFormat(
        "bearer token",
        ("earer ", "EARER "),
        r"[Bb](?:earer|EARER) +([\w.~+/-]{16,}=*)",
        looks_random,
    ),
    TokenFormat(
        "basic login",
        ("asic ", "ASIC "),
        r"[Bb](?:asic|ASIC) +([A-Za-z0-9+/]{8,}={0,2})",
        _holds_login,
    ),
    TokenFormat(
        "secret on a command line",
        ("--",),
        r"--(?<![\w-]--)(?!-)[a-z-]{0,40}?(?:key|token|secret|passw)[a-z-]{0,20}"
        r"[= ][\"']?([^\s\"'`$<>{}\[\]()]{12,512})",
        looks_random,
    ),
)
"""Those that stand in a phrase: the anchor is searched in the whole text."""
