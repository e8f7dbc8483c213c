"""The notebooks run from top to bottom without a warning, say what their text says, and hold no outputs."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
# numbers and words that the text of each notebook relies on
SHOWN = {
    "01_first_meta_analysis": [
        "0.4894, 95% CI 0.3301 to 0.7257",
        "0.1359 to 1.7629",
        "92.2%",
        "62000 > 13598",
        "largest upper limit: -0.23",
    ],
    "02_reproduce_xu2021": [
        "z = -3.56, P = 0.00037",
        "1 contradicted",
        "(k = 8 to 13)",
        "RR 0.49 (0.26 to 0.90)",
        "RR 0.40 (0.13 to 1.23)",
        "0.13 to 1.87",
    ],
    "03_osteoporotic_or_not": [
        "Ascott Evans 2003: no events in either arm",
        "0.834   0.720    0.967",
        "0.798   0.641    0.993",
        "7357 women in the rows, 7213 in print",
        "RR secondary / RR primary = 0.96 (0.73 to 1.25)",
        "95% interval 0.00 to 0.46",
        "REML between groups: chi2 = 0.06, p = 0.81",
        "0.49 to 1.29",
    ],
}
STRICT = "import warnings\nwarnings.simplefilter('error')"
LENIENT = "warnings.resetwarnings()"  # the kernel warns about itself when it is shut down


def read(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def run(notebook, folder, monkeypatch):
    """Execute in the interpreter that runs this test, whatever kernels and settings the machine has."""
    from nbclient import NotebookClient

    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "this Python", "language": "python"})
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    notebook.cells.append(nbformat.v4.new_code_cell(LENIENT))
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources=resources).execute()


def printed(notebook):
    """Everything that the code cells show as text."""
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            parts.append(output.get("text", ""))
            parts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


def test_every_notebook_is_tested():
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SHOWN)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_notebook_is_valid_and_holds_no_outputs(name):
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert cell.source.strip()


@pytest.mark.notebook
@pytest.mark.parametrize("name", sorted(SHOWN))
def test_notebook_runs_and_shows_what_its_text_says(name, tmp_path, monkeypatch):
    notebook = read(name)
    run(notebook, tmp_path, monkeypatch)
    told = printed(notebook)
    missing = [text for text in SHOWN[name] if text not in told]
    assert not missing, told
