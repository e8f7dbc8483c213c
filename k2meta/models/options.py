"""The choices behind a fit, frozen and said in words."""

from __future__ import annotations

from dataclasses import dataclass

from k2meta.kernels.pooling import TESTS
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

__all__ = ["PREDICTION_RULES", "FitOptions"]

PREDICTION_RULES = {
    "same": "same distribution as the confidence interval",
    "t(k-1)": "t with k - 1 degrees of freedom",
    "t(k-2)": "t with k - 2 degrees of freedom",
    "normal": "normal distribution",
}


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What was chosen, so that every output can say it.

    Attributes
    ----------
    model : {"random", "common"}
    pooling : {"inverse variance", "Mantel-Haenszel", "Peto"}
    tau2 : str
        Estimator's code, ``"fixed"`` (a number was given) or ``"none"`` (common effect).
    test : str
        ``"z"``, ``"t"``, ``"knapp-hartung"`` or ``"knapp-hartung-adhoc"``.
    level : float
    prediction : str
        Rule of the prediction interval, a key of ``PREDICTION_RULES``.
    i2_basis : {"tau2", "Q"}
        What ``MetaResult.i2`` is computed from.
    weights : {"inverse variance", "user", "Mantel-Haenszel", "Peto"}
    convention : str
        Name of the convention that set the choices; empty when none did.
    q_around : {"inverse variance", "Mantel-Haenszel"}
        Which common effect Q is taken round.
    notes : tuple of str
        What a reader must know: fallbacks, corrections, exclusions.
    """

    model: str = "random"
    pooling: str = "inverse variance"
    tau2: str = "REML"
    test: str = "knapp-hartung"
    level: float = 0.95
    prediction: str = "same"
    i2_basis: str = "tau2"
    weights: str = "inverse variance"
    convention: str = ""
    notes: tuple[str, ...] = ()
    q_around: str = "inverse variance"

    @property
    def by_counts(self) -> bool:
        """Whether counts are pooled or have a say in Q: effects and variances do not repeat such a fit."""
        return self.pooling != "inverse variance" or self.q_around != "inverse variance"

    @property
    def model_in_words(self) -> str:
        """``"random-effects model"`` or ``"common-effect model"``."""
        return "random-effects model" if self.model == "random" else "common-effect model"

    @property
    def tau2_in_words(self) -> str:
        """The estimator's name with its code."""
        if self.tau2 in TAU2_ESTIMATORS:
            return f"{TAU2_ESTIMATORS[self.tau2].name} ({self.tau2})"
        return "fixed by the user" if self.tau2 == "fixed" else "none (tau2 = 0)"

    @property
    def test_in_words(self) -> str:
        """The test's name."""
        return TESTS[self.test].name
