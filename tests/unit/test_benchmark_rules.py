"""The study of rules that decide alone, over pairs of which each rule is known."""

from soma.benchmark.studies import rules
from soma.core.estimation import acceptance


def test_what_each_rule_refuses_and_what_it_alone():
    wrong = rules.Tally(
        {
            frozenset({"chance", "coverage"}): 5,
            frozenset({"chance"}): 2,
            frozenset({"range"}): 1,
            frozenset(): 3,
        }
    )
    right = rules.Tally({frozenset({"unique"}): 1, frozenset(): 9})
    table = {row[0]: row[1:] for row in rules.rows(wrong, right)}
    assert table["chance"] == ["7", "2", "0", "0"]
    assert table["coverage"] == ["5", "0", "0", "0"]
    assert table["unique"] == ["0", "0", "1", "1"]
    assert rules.refused(wrong, rules.RULES) == 8
    gone = rules.idle(wrong)
    assert set(gone) == set(rules.RULES) - {"chance", "range"}


def test_rules_that_stand_in_for_each_other_do_not_both_go():
    wrong = rules.Tally({frozenset({"chance", "coverage"}): 5})
    assert len(set(rules.idle(wrong)) & {"chance", "coverage"}) == 1


def test_rules_are_in_force_again_afterwards():
    before = acceptance.RULES, acceptance.ACCEPTANCE
    with rules.no_rule(set()):
        assert acceptance.RULES is not before[0]
    assert (acceptance.RULES, acceptance.ACCEPTANCE) == before
