"""The commands of ``poptui account``; each is loaded only when it runs."""

from __future__ import annotations

from poptui.cli.command import CommandGroup, GroupMember

MEMBERS = {
    "add": GroupMember("account.add:COMMAND", "add [ADDRESS]", "set up an account"),
    "list": GroupMember("account.show:LIST", "list", "print the accounts, one a line"),
    "show": GroupMember("account.show:SHOW", "show NAME", "print the settings of one"),
    "test": GroupMember("account.manage:TEST", "test NAME", "log in, and count the messages"),
    "edit": GroupMember(
        "account.manage:EDIT", "edit [NAME]", "open the configuration in your editor, and check it"
    ),
    "password": GroupMember(
        "account.manage:PASSWORD", "password NAME", "keep its password in the keyring"
    ),
    "authorize": GroupMember(
        "account.authorize:COMMAND", "authorize NAME", "sign in with OAuth (Google, Microsoft)"
    ),
    "remove": GroupMember("account.manage:REMOVE", "remove NAME", "remove one; the mail stays"),
}

ACCOUNT = CommandGroup("poptui account", "Manage the accounts in the configuration file.", MEMBERS)
