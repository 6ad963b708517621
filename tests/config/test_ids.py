"""Keys sort by age."""

from uuid import UUID

from config.ids import new_id


def test_keys_are_real_uuids_in_the_order_they_were_made():
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert isinstance(made[0], UUID)
    assert made[0].version == 7
