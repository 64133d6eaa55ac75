"""The faults of a set-up: keys, proxies and providers as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults.fault import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupFault(Fault):
    """Something wrong in the environment; ``{host}`` is asked, or was to be."""

    variables: Mapping[str, str]


_NOTHING_SENT = "Nothing is sent to any server until {setting} in your settings is corrected."

SETUP_FAULTS = (
    SetupFault(
        name="key-in-quotes",
        sentence="The key stands in quotation marks",
        variables={"CODESTRAL_LS_API_KEY": "'canary'"},
        sees="The key from CODESTRAL_LS_API_KEY stands in quotation marks. Write it without them.",
        message=True,
    ),
    SetupFault(
        name="key-command-missing",
        sentence="The program of `apiKeyCommand` is not there",
        variables={"CODESTRAL_LS_API_KEY": "", "CODESTRAL_LS_API_KEY_COMMAND": "~/no-such x"},
        sees="api_key_command could not be started (No such file or directory); check "
        "/nowhere/no-such.",
        message=True,
    ),
    SetupFault(
        name="key-command-fails",
        sentence="The program of `apiKeyCommand` fails",
        variables={"CODESTRAL_LS_API_KEY": "", "CODESTRAL_LS_API_KEY_COMMAND": "false"},
        sees="api_key_command failed (exit status 1); run it in a terminal to see why.",
        message=True,
    ),
    SetupFault(
        name="no-such-provider",
        sentence="The settings name a provider that there is not",
        variables={"CODESTRAL_LS_PROVIDER": "mistrall"},
        sees=_NOTHING_SENT.replace("{setting}", "provider"),
        message=True,
    ),
    SetupFault(
        name="no-such-endpoint",
        sentence="The settings' endpoint is no text",
        variables={"CODESTRAL_LS_ENDPOINT": "http://a\tb"},
        sees=_NOTHING_SENT.replace("{setting}", "endpoint"),
        message=True,
    ),
    SetupFault(
        name="proxy-setting-is-no-url",
        sentence="The proxy in the settings is no URL",
        variables={"CODESTRAL_LS_PROXY": "http://me:canary@proxy:port"},
        sees="The proxy in the settings is no URL; write it as http://host:port.",
    ),
    SetupFault(
        name="proxy-of-another-kind",
        sentence="The proxy in the settings is of a kind that is not supported",
        variables={"CODESTRAL_LS_PROXY": "socks4://proxy:1080"},
        sees="The proxy in the settings names a kind of proxy that is not supported; http, https "
        "and socks5 are.",
    ),
)

DEAD_CONNECTIONS = Fault(
    name="dead-connections",
    sentence="After sleep or in another network, nothing comes back on kept connections",
)
