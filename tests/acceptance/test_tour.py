"""The tour of the first demo, in a fresh home: it follows the user's actions."""

from __future__ import annotations

from tests.acceptance.screen import assert_restored
from tests.kit.terminal import StartTerminal


def test_the_first_demo_begins_with_a_tour_and_the_second_does_not(
    terminal: StartTerminal,
) -> None:
    screen = terminal("demo")
    shown = screen.wait_for("Tour 1/5")
    assert "j goes down" in "".join(shown)
    screen.wait_for("69 messages")
    screen.press("tab", "tab", "o")
    screen.wait_for("Sorted by")
    screen.wait_for("Tour 1/5")  # nothing of this moves the cursor
    for key, said in [
        ("j", "Tour 2/5  Enter downloads"),
        ("enter", "Tour 3/5  1 shows only"),
        ("1", "Tour 4/5  d marks"),
        ("d", "z undoes that"),
        ("z", "Tour 5/5  Mark one again"),
        ("d", "Tour 5/5  Press q"),
    ]:
        screen.press(key)
        screen.wait_for(said)
    screen.wait_quiet(0.2)
    screen.press("q")
    screen.wait_for("Delete 1 message")
    screen.press("esc")
    screen.wait_for("That was the tour. ? shows all keys")
    screen.wait_gone("Tour 5/5")
    screen.press("x")
    assert screen.exit_code() == 0
    assert_restored(screen)

    again = terminal("demo", columns=40, rows=10, env={"NO_COLOR": "1"})
    again.wait_for("69 messages")
    assert "End" not in "".join(again.screen())
    again.press("T")
    again.wait_for("T  End")
    again.press("esc")
    again.wait_for("The tour has ended. T starts it again.")
    again.press("q")
    assert again.exit_code() == 0
