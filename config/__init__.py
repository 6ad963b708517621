"""The ground floor: clock, money, calendar, database, mail, jobs. It knows no business."""

import gc


def collect_seldom() -> None:
    """Look for cycles less often than Python does by default, which is after 700 objects.

    Queries make many short-lived ones: looking took a fifth of the demo's CPU time, and a seventh
    of the start of any command, which is why it is said before anything else is read.
    """
    gc.set_threshold(50_000, 20, 50)


collect_seldom()
