"""Actions on the program: help, palette, ways out."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import BOTH, Action, ActionGroup, Scope

_program = partial(Action, group=ActionGroup.PROGRAM)

PROGRAM = (
    _program("help", ("?",), "help", "All keys, and what they do", bar=BOTH),
    _program("quit", ("q",), "quit", "Quit; asks if anything is marked", bar=BOTH),
    _program("discard", ("x",), "quit, delete nothing", "Quit at once and delete nothing"),
    _program(
        "command_palette",
        ("ctrl+p",),
        "palette",
        "All commands and the colour themes",
        scope=Scope.APP,
    ),
    _program("redraw", ("ctrl+l",), "redraw", "Paint the screen anew", scope=Scope.APP),
    _program(
        "suspend",
        ("ctrl+z",),
        "suspend",
        "Stop, and leave the terminal to the shell until fg",
        scope=Scope.ALWAYS,
    ),
    _program(
        "leave",
        ("ctrl+q", "ctrl+c"),
        "quit",
        "Out of a dialog; else quit, which asks if anything is marked",
        scope=Scope.ALWAYS,
    ),
)
