"""What the scenarios with command-line clients expect of a conversation."""

# What was said, in this order, by the end of a session that was resumed twice.
REMEMBERED = ("marmalade", "Pong", "Which word?", "Pong", "And once more?")


def said(text, *wanted):
    for each in wanted:
        assert each in text, f"expected {each!r} in {text!r}"


def checked_conversation(turns, expected=REMEMBERED):
    """`turns` has the texts of the conversation's turns; clients may put texts of their own before and between."""
    left = iter(turns)
    for wanted in expected:
        assert any(wanted in turn for turn in left), f"no turn with {wanted!r} where it should be, in {turns}"
