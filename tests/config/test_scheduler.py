"""The metronome: ticks without a wall clock to trust."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from config.scheduler import Clockwork, Entry

FAST = Entry("fast", 0.02)


class Ticks:
    """Counts ticks and lets a test wait for more of them."""

    def __init__(self):
        self.names = []
        self._more = threading.Condition()

    def __call__(self, entry):
        with self._more:
            self.names.append(entry.name)
            self._more.notify_all()

    def reach(self, goal, *, within_s=10.0):
        with self._more:
            return self._more.wait_for(lambda: len(self.names) >= goal, timeout=within_s)

    def grows(self, by, *, within_s=10.0):
        with self._more:
            goal = len(self.names) + by
            return self._more.wait_for(lambda: len(self.names) >= goal, timeout=within_s)


@pytest.fixture
def clockwork():
    clockwork = Clockwork(watch_s=0.02)
    yield clockwork
    clockwork.stop()


def test_every_entry_ticks_at_once_and_again(clockwork):
    ticks = Ticks()
    clockwork.start([FAST, Entry("slow", 3600)], ticks)
    assert ticks.grows(4)
    assert ticks.names.count("slow") == 1


def test_a_wall_set_back_one_hour_does_not_silence_it(clockwork):
    ticks = Ticks()
    with time_machine.travel(datetime(2026, 11, 1, 9, 0, tzinfo=UTC)) as traveller:
        clockwork.start([FAST], ticks)
        assert ticks.grows(2)
        traveller.shift(timedelta(hours=-1))
        assert ticks.grows(5)
        clockwork.stop()


def test_without_the_watch_a_wall_set_back_would_silence_it():
    ticks = Ticks()
    unwatched = Clockwork(watch_s=3600)
    with time_machine.travel(datetime(2026, 11, 1, 9, 0, tzinfo=UTC)) as traveller:
        unwatched.start([FAST], ticks)
        assert ticks.grows(2)
        traveller.shift(timedelta(hours=-1))
        ticks.grows(2, within_s=0.1)  # what was on its way already
        assert not ticks.grows(2, within_s=0.5)
        unwatched.stop()


def test_four_days_forward_give_one_tick_not_four_days_of_them(clockwork):
    ticks = Ticks()
    with time_machine.travel(datetime(2026, 11, 1, 9, 0, tzinfo=UTC)) as traveller:
        clockwork.start([Entry("hourly", 3600)], ticks)
        assert ticks.reach(1)
        traveller.shift(timedelta(days=4))
        assert ticks.reach(2)
        # The watch and the scheduler may both notice; neither brings ninety-six.
        assert not ticks.reach(4, within_s=0.3)
        clockwork.stop()


def test_a_tick_that_fails_does_not_stop_the_next(clockwork):
    ticks = Ticks()

    def stumbles(entry):
        ticks(entry)
        raise ValueError("not today")

    clockwork.start([FAST], stumbles)
    assert ticks.grows(4)


def test_a_slow_tick_never_runs_beside_itself(clockwork):
    inside, most = [], []
    ticks = Ticks()
    gate = threading.Event()

    def slow(entry):
        inside.append(1)
        most.append(len(inside))
        gate.wait(0.1)
        inside.pop()
        ticks(entry)

    clockwork.start([FAST], slow)
    assert ticks.grows(3)
    assert max(most) == 1


def test_stopping_lets_the_tick_under_way_finish(clockwork):
    begun, finish, finished = threading.Event(), threading.Event(), []

    def long(_entry):
        begun.set()
        finish.wait(10)
        finished.append(1)

    clockwork.start([FAST], long)
    assert begun.wait(10)
    threading.Timer(0.05, finish.set).start()
    clockwork.stop()
    assert finished == [1]


def test_waiting_ends_when_it_is_stopped(clockwork):
    clockwork.start([FAST], lambda _entry: None)
    threading.Timer(0.05, clockwork.stop).start()
    clockwork.wait()


def test_a_timetable_with_a_name_twice_or_a_second_start_is_refused(clockwork):
    with pytest.raises(ValueError, match="share a name"):
        clockwork.start([FAST, FAST], lambda _entry: None)
    clockwork.start([FAST], lambda _entry: None)
    with pytest.raises(RuntimeError):
        clockwork.start([FAST], lambda _entry: None)
