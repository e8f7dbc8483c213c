"""The public names are frozen; their docstrings are whole and their examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import k2meta as k2

PUBLIC = {
    "__version__",
    "list_datasets", "load_dataset", "analysis_rows", "read_table", "sd_from_se",
    "sd_from_ci", "sd_from_difference_se", "sd_from_difference_ci", "sd_from_difference_t", "sd_from_difference_p",
    "change_sd", "correlation_from_sds", "combine_arms", "combine_event_arms", "se_from_ci",
    "se_from_p", "log_ratio_from_ci", "mean_from_quantiles", "sd_from_quantiles", "mean_sd_from_quantiles",
    "quantiles_skewed", "effect_sizes", "Effects", "meta_analysis", "meta_analysis_many",
    "mantel_haenszel", "peto", "MetaResult", "subgroup_analysis", "leave_one_out",
    "forest_plot", "forest_data", "table_forest_plot", "audit", "reproduce",
    "K2MetaError", "DataError", "OptionError", "ConvergenceError", "LayoutError",
    "MissingGlyphError", "OutputError", "K2MetaWarning", "DataWarning", "LayoutWarning",
}  # fmt: skip
FUNCTIONS = sorted(n for n in PUBLIC if callable(getattr(k2, n, None)) and n[0].islower())


def test_public_names_are_frozen() -> None:
    assert set(k2.__all__) == PUBLIC
    assert set(dir(k2)) >= PUBLIC


def test_every_public_name_can_be_had() -> None:
    for name in PUBLIC:
        assert getattr(k2, name) is not None


def test_no_public_function_is_called_like_a_module() -> None:
    walked = pkgutil.walk_packages(k2.__path__, "k2meta.")
    # a verb of the command line is called like its function, and lives in a file of that name
    modules = {m.name.rsplit(".", 1)[-1] for m in walked if not m.name.startswith("k2meta.cli")}
    assert not modules & set(FUNCTIONS)


def test_a_misspelt_name_gives_the_nearest() -> None:
    with pytest.raises(AttributeError, match="did you mean 'meta_analysis'"):
        k2.meta_analyse  # noqa: B018


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_are_numpydoc_with_an_example(name: str) -> None:
    function = getattr(k2, name)
    text = inspect.getdoc(function) or ""
    for part in ("Returns\n-------", "Examples\n--------"):
        assert part in text, (name, part)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            assert parameter.name in text, (name, parameter.name)


MODULES = sorted(m.name for m in pkgutil.walk_packages(k2.__path__, "k2meta.") if "__main__" not in m.name)


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module: str) -> None:
    found = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert found.failed == 0


STATE = """
import sys, warnings
import numpy as np
import matplotlib

def state():
    return {
        "numpy errors": dict(np.geterr()),
        "warning filters": list(warnings.filters),
        "rcParams": dict(matplotlib.rcParams),
    }

before = state()
import k2meta as k2
for name in k2.__all__:
    getattr(k2, name)
bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
fit = k2.meta_analysis(bcg)
k2.leave_one_out(fit), k2.mantel_haenszel(k2.load_dataset("bcg"))
k2.subgroup_analysis(bcg, "allocation")
figure = k2.forest_plot(fit, lang="zh")
import io
figure.save(io.BytesIO(), format="pdf")
k2.table_forest_plot(fit)
fit.summary(), fit.to_frame(), fit._repr_html_()
after = state()
for name, old in before.items():
    assert old == after[name], (name, old, after[name])
pyplot = sys.modules.get("matplotlib.pyplot")
assert pyplot is None or pyplot.get_fignums() == []
print("unchanged")
"""


def test_nothing_global_changes_on_import_or_on_any_call() -> None:
    run = subprocess.run([sys.executable, "-c", STATE], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "unchanged", run.stderr[-3000:]
