"""The footnote of a forest plot: model, estimator of tau2, intervals, corrections, in both languages."""

from __future__ import annotations

import math
from dataclasses import dataclass

from k2meta.figures.lettering.numbers import format_df, format_number
from k2meta.figures.looks.model import Line, Run
from k2meta.figures.words.catalogue import level_text, say, tau2_name

__all__ = ["Method", "method_note"]


@dataclass(frozen=True, slots=True)
class Method:
    """How the pooled numbers of a figure were made; the words of the footnote come from here.

    Attributes
    ----------
    model : {"random", "common"}
    pooling : str
        ``"inverse variance"``, ``"Mantel-Haenszel"`` or ``"Peto"``.
    tau2 : str
        Code of the estimator; ``"fixed"`` with ``tau2_value``, ``"none"`` for common-effect models.
    test : str
        ``"z"``, ``"t"``, ``"knapp-hartung"`` or ``"knapp-hartung-adhoc"``; empty when no interval is shown.
    level : float
    prediction : str
        ``"same"``, ``"t(k-1)"``, ``"t(k-2)"``; empty when no prediction interval is shown.
    df : float
        Degrees of freedom of the interval; infinite when normal.
    k : int
    add, to : float, str
        Continuity correction, and which studies got it; ``add`` 0 leaves it out.
    add_pooled : bool
        Whether the correction reached the pooling, or the studies' own effects only.
    own_weights : bool
        Whether studies were weighted by the reader's own weights.
    i2_basis : {"tau2", "q", "q mh", ""}
        What I2 was computed from; ``"q mh"`` is Q round the Mantel-Haenszel estimate.
    excluded : int
        Studies shown but not pooled.
    convention : str
        Name of the convention; empty for none.
    tau2_value : float
        The value, where it was fixed.
    """

    model: str = "random"
    pooling: str = "inverse variance"
    tau2: str = "REML"
    test: str = "knapp-hartung"
    level: float = 0.95
    prediction: str = ""
    df: float = math.inf
    k: int = 0
    add: float = 0.0
    to: str = "only0"
    i2_basis: str = ""
    add_pooled: bool = True
    own_weights: bool = False
    excluded: int = 0
    convention: str = ""
    tau2_value: float = math.nan


def _prediction_words(method: Method, lang: str) -> str:
    if method.prediction == "normal":
        return say("pi same z", lang)
    if method.prediction in ("t(k-1)", "t(k-2)"):
        return say("pi same t", lang, df=method.k - (1 if method.prediction == "t(k-1)" else 2))
    if math.isfinite(method.df):
        return say("pi same t", lang, df=format_df(method.df))
    return say("pi same z", lang)


def _model_pieces(method: Method, lang: str, name: str = "") -> list[str]:
    """Return the model's name and, for random effects, where tau2 comes from."""
    special = method.pooling in ("Mantel-Haenszel", "Peto")
    if name:  # the row's name holds the model and the pooling other than by inverse variance
        inverse = method.model == "common" and not special
        pieces = [say("note inverse variance", lang)] if inverse else []
    else:
        pieces = [say(f"note {method.pooling}" if special else f"note {method.model}", lang)]
    if method.model != "random" or special:
        return pieces
    if method.tau2 == "fixed":
        pieces.append(say("note tau2 fixed", lang, value=format_number(method.tau2_value, 4)))
    elif method.tau2 != "none":
        pieces.append(say("note tau2", lang, estimator=tau2_name(method.tau2, lang)))
    return pieces


def method_note(method: Method, lang: str, name: str = "") -> Line:
    """Return the footnote that names model, estimator, intervals, level and corrections.

    Parameters
    ----------
    method : Method
    lang : {"en", "zh"}
    name : str
        What the model's row is called, where there are several.

    Returns
    -------
    tuple of Runs
        Segments between which the line may break; it ends with a full stop.

    Examples
    --------
    >>> line = method_note(Method(df=12, k=13, prediction="same"), "en")
    >>> print("".join(run.text for runs in line for run in runs))
    Random-effects model; τ² by restricted maximum likelihood (REML); 95% CI by Knapp–Hartung, df = 12; \
prediction interval from t quantiles, df = 12.
    """
    pieces = _model_pieces(method, lang, name)
    if method.test:
        words = say(f"test {method.test}", lang)
        if math.isfinite(method.df):
            words += ("，ν = " if lang == "zh" else ", df = ") + format_df(method.df)
        pieces.append(say("note ci", lang, level=level_text(method.level), method=words))
    if method.prediction:
        pieces.append(say("note prediction", lang, method=_prediction_words(method, lang)))
    if method.own_weights:
        pieces.append(say("name weights", lang))
    if method.i2_basis:
        pieces.append(say(f"note i2 {method.i2_basis}", lang))
    if method.add and method.to != "none":
        key = "note add" if method.add_pooled else "note add studies"
        pieces.append(say(key, lang, add=f"{method.add:g}", which=say(f"add {method.to}", lang)))
    if method.excluded:
        pieces.append(say("note excluded", lang, n=method.excluded))
    if method.convention:
        pieces.append(say("note convention", lang, name=method.convention))
    between, end = ("；", "。") if lang == "zh" else ("; ", ".")
    if name:
        pieces[0] = name + ("：" if lang == "zh" else ": ") + pieces[0]
    return tuple((Run(piece + (between if i < len(pieces) - 1 else end)),) for i, piece in enumerate(pieces))
