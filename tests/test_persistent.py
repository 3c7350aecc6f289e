from __future__ import annotations

from alembic_review.persistent import Shared


def filled(count: int) -> Shared[int, str]:
    mapping: Shared[int, str] = Shared()
    for number in range(count):
        mapping = mapping.put(number, str(number))
    return mapping


def test_putting_leaves_the_old_mapping_as_it_was() -> None:
    old = filled(3)

    new = old.put(1, "one")

    assert (old[1], new[1]) == ("1", "one")


def test_a_key_put_twice_counts_once() -> None:
    assert len(filled(300).put(7, "seven")) == 300


def test_a_key_that_is_taken_away_is_gone() -> None:
    mapping = filled(300).without(7)

    assert 7 not in mapping
    assert len(mapping) == 299


def test_taking_away_what_is_not_there_changes_nothing() -> None:
    mapping = filled(3)

    assert mapping.without(7) is mapping


def test_all_values_can_be_had_without_an_order() -> None:
    assert sorted(filled(300).unsorted(), key=int) == [str(number) for number in range(300)]


def test_it_iterates_in_the_order_of_the_text_of_its_keys() -> None:
    assert list(filled(12)) == [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]


def test_keys_differ_that_are_new_gone_or_another_object() -> None:
    old = filled(300)
    new = old.put(5, "".join(["f", "ive"])).without(7).put(1000, "new")

    assert new.differing(old) == [1000, 5, 7]


def test_a_value_that_is_put_again_does_not_differ() -> None:
    old = filled(3)

    assert old.put(1, old[1]).differing(old) == []
