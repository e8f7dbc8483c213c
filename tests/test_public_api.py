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
    "sd_from_ci", "sd_from_difference_se", "sd_from_difference_ci", "sd_from_difference_t",
    "sd_from_difference_p", "change_sd", "correlation_from_sds", "combine_arms", "combine_event_arms",
    "se_from_ci", "se_from_p", "log_ratio_from_ci", "mean_from_quantiles", "sd_from_quantiles",
    "mean_sd_from_quantiles", "quantiles_skewed", "effect_sizes", "Effects", "meta_analysis",
    "meta_analysis_many", "mantel_haenszel", "peto", "MetaResult", "subgroup_analysis", "leave_one_out",
    "cumulative_meta_analysis", "meta_regression", "influence", "gosh", "specification_curve",
    "egger_test", "begg_test", "harbord_test", "peters_test", "lfk_index", "trim_and_fill",
    "forest_plot", "forest_data", "table_forest_plot", "K2Figure",
    "funnel_plot", "funnel_data", "doi_plot", "doi_data", "baujat_plot", "baujat_data",
    "labbe_plot", "labbe_data", "radial_plot", "radial_data", "bubble_plot", "bubble_data",
    "gosh_plot", "gosh_data", "drapery_plot", "drapery_data", "influence_plot", "influence_data",
    "profile_plot", "profile_data", "qq_plot", "qq_data", "specification_plot", "specification_data",
    "risk_of_bias_plot", "risk_of_bias_summary_plot", "risk_of_bias_data", "prisma_plot", "prisma_data",
    "audit", "reproduce",
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
import csv, decimal, io, locale, os, pathlib, random, signal, sys, tempfile, warnings
import numpy as np
import matplotlib
import pandas as pd

def state():
    pyplot = sys.modules.get("matplotlib.pyplot")
    return {
        "numpy errors": (dict(np.geterr()), np.geterrcall()),
        "numpy printing": np.get_printoptions(),
        "random states": (str(np.random.get_state()), random.getstate()),
        "warning filters": (list(warnings.filters), warnings.showwarning),
        "rcParams": dict(matplotlib.rcParams),
        "open figures": pyplot.get_fignums() if pyplot else [],
        "pandas options": str(pd._config.config._global_config),
        "locale": locale.setlocale(locale.LC_ALL),
        "process": (os.getcwd(), dict(os.environ), list(sys.path), sys.getrecursionlimit()),
        "hooks": (sys.excepthook, sys.displayhook, sys.stdout, sys.stderr, signal.getsignal(signal.SIGINT)),
        "csv and decimal": (csv.field_size_limit(), csv.list_dialects(), str(decimal.getcontext())),
    }

def unchanged(call):
    for name, old in before.items():
        assert str(old) == str(state()[name]), (call, name, old, state()[name])

before = state()
import k2meta as k2
for name in k2.__all__:
    getattr(k2, name)
unchanged("import")
rows = k2.load_dataset("bcg")
bcg = k2.effect_sizes(rows, "RR")
fit = k2.meta_analysis(bcg)
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "rows.csv").write_text("study,events1,n1,events2,n2\\nA,1,9,2,9\\nB,1,8,3,8\\n")
rng = np.random.default_rng(1)
calls = {
    "list_datasets": lambda: k2.list_datasets(),
    "read_table": lambda: k2.read_table(folder / "rows.csv"),
    "effect_sizes": lambda: k2.effect_sizes(rows, "OR", to="none"),
    "effect_sizes, refused": lambda: k2.effect_sizes(rows, "RR", events1="n1", n1="events1"),
    "converters": lambda: k2.mean_sd_from_quantiles(20, 5, q1=4, q3=6.5, method="qe"),
    "meta_analysis": lambda: [k2.meta_analysis(bcg, tau2=t) for t in ("REML", "ML", "PM", "SJ", "HE")],
    "meta_analysis, refused": lambda: k2.meta_analysis(bcg, level=95),
    "meta_analysis_many": lambda: k2.meta_analysis_many(rng.normal(size=(20000, 9)), np.ones((20000, 9))),
    "mantel_haenszel": lambda: k2.mantel_haenszel(rows, add=0, to="none"),
    "peto": lambda: k2.peto(rows),
    "subgroup_analysis": lambda: k2.subgroup_analysis(bcg, "allocation", common_tau2=True),
    "leave_one_out": lambda: k2.leave_one_out(fit).to_frame(),
    "methods": lambda: [fit.heterogeneity("QP"), fit.heterogeneity("PL"), fit.blups(), fit.conf_int(0.9)],
    "texts": lambda: [fit.summary(), fit.to_frame(), fit._repr_html_(), repr(fit)],
    "forest_plot, pdf": lambda: k2.forest_plot(fit, lang="zh").save(io.BytesIO(), format="pdf"),
    "forest_plot, png": lambda: k2.forest_plot(fit, theme="revman").save(io.BytesIO(), format="png"),
    "forest_plot, others": lambda: [
        k2.forest_plot(k2.cumulative_meta_analysis(fit), theme="lancet").save(io.BytesIO(), format="tiff"),
        k2.forest_plot(k2.leave_one_out(fit), theme="cma", lang="zh").save(io.BytesIO(), format="pptx"),
        k2.forest_plot(fit, theme="jama").save(io.BytesIO(), format="eps"),
    ],
    "meta_regression": lambda: k2.meta_regression("~ latitude", bcg).predict(),
    "small studies": lambda: [
        f(fit) for f in (k2.egger_test, k2.begg_test, k2.peters_test, k2.lfk_index, k2.trim_and_fill)
    ],
    "companions": lambda: [
        plot(fit, lang="zh").save(io.BytesIO(), format="svg")
        for plot in (
            k2.funnel_plot, k2.doi_plot, k2.baujat_plot, k2.labbe_plot, k2.radial_plot, k2.gosh_plot,
            k2.drapery_plot, k2.influence_plot, k2.profile_plot, k2.qq_plot,
        )
    ],
    "bubble_plot": lambda: k2.bubble_plot(k2.meta_regression("~ latitude", bcg)),
    "specification_plot": lambda: k2.specification_plot(k2.specification_curve(bcg)),
    "risk_of_bias": lambda: [
        draw(pd.DataFrame({"study": ["A"], "Allocation": ["low"], "Masking": ["high"]}), tool="custom")
        for draw in (k2.risk_of_bias_plot, k2.risk_of_bias_summary_plot)
    ],
    "prisma_plot, refused": lambda: k2.prisma_plot({"included_studies": 1}),
    "forest_plot, refused": lambda: k2.forest_plot(fit, width=1),
    "forest_data": lambda: k2.forest_data(fit),
    "table_forest_plot": lambda: k2.table_forest_plot(fit),
    "audit": lambda: k2.audit(),
    "reproduce": lambda: k2.reproduce("alendronate2025", progress=False),
}
for call, run in calls.items():
    try:
        run()
    except k2.K2MetaError:
        assert "refused" in call, call
    else:
        assert "refused" not in call, call
    unchanged(call)

from k2meta.cli.app import main

out, err = sys.stdout, sys.stderr
for arguments in (["datasets"], ["fit", str(folder / "rows.csv"), "-m", "RR"], ["fit", "x.csv", "-m", "RR"]):
    sys.stdout = sys.stderr = io.StringIO()
    main(arguments)
    sys.stdout, sys.stderr = out, err
    unchanged(arguments)
print("unchanged")
"""


def test_nothing_global_changes_on_import_or_on_any_call() -> None:
    run = subprocess.run([sys.executable, "-c", STATE], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "unchanged", run.stderr[-3000:]
