"""Names of studies in the bundled data: they are printed in figures as they stand."""

from __future__ import annotations

import re

import pytest

import k2meta as k2

MISSING = re.compile(r"(^|\s)(NA|NaN|nan|None|NULL)$")


NAMED = [name for name in k2.list_datasets()["name"] if "study" in k2.load_dataset(name)]


def test_nearly_every_data_set_names_its_studies():
    assert len(NAMED) >= 46


@pytest.mark.parametrize("name", NAMED)
def test_no_name_of_a_study_ends_with_a_missing_year(name):
    labels = [str(label) for label in k2.load_dataset(name)["study"].dropna()]
    assert not [label for label in labels if MISSING.search(label) or label != label.strip()]
