"""What an import and a first fit load: nothing heavy before it is needed."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "pandas",
    "matplotlib",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels",
    "forestplot",
    "typer",
    "rich",
    "dask",
}
FIT = "k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.04])"


def loaded_after(code: str) -> set[str]:
    """Names of the modules that a new process has loaded after ``code``."""
    report = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-W", "error", "-c", f"{code}\n{report}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_no_library():
    found = loaded_after("import k2meta")
    assert "k2meta" in found
    assert not found & (HEAVY | {"numpy", "scipy"})


@pytest.mark.parametrize(
    "code",
    [
        FIT,
        f"fit = {FIT}; fit.conf_int(level=0.9); fit.prediction_interval(); fit.heterogeneity(); repr(fit)",
        f"k2.leave_one_out({FIT})",
        "k2.meta_analysis_many([[0.1, 0.3, 0.5]] * 2, [[0.02, 0.03, 0.04]] * 2)",
    ],
    ids=["one fit", "its intervals", "leave-one-out", "a batch"],
)
def test_fitting_numbers_loads_no_heavy_library(code):
    found = loaded_after(f"import k2meta as k2\n{code}")
    assert "k2meta.kernels.tau2" in found
    assert not found & HEAVY


def test_a_listing_of_names_loads_nothing():
    assert not loaded_after("import k2meta as k2; dir(k2)") & (HEAVY | {"numpy"})


def test_a_figure_loads_neither_pyplot_nor_forestplot():
    found = loaded_after(f"import k2meta as k2\nk2.forest_plot({FIT})")
    assert "matplotlib" in found
    assert not found & {"matplotlib.pyplot", "forestplot", "statsmodels", "scipy.stats"}
