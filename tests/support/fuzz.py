"""What files may hold in place of what belongs there, and what must come of it."""

from command import soma
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

OFTEN = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
#: What a file or a form may hold in place of a number.
ODD = st.one_of(
    st.sampled_from(
        ["", "nan", "inf", "-inf", "1e400", "-1", "0", "9" * 400, "1,5", "x", "é\u202e"]
    ),
    st.floats().map(repr),
    st.integers().map(str),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<>&"),
        max_size=9,
    ),
)


def check(*words):
    """Run the command in this process; its exit code is one that is documented."""
    code, _, err = soma(*words)
    assert code in (0, 2, 3), err
    if code == 2:
        assert err.count("\n") == 1
