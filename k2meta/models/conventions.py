"""Conventions: what other programs choose when the user does not.

A convention is one frozen record. ``meta_analysis(..., convention="revman2025")`` sets all of its
choices at once; figures never change them.

What RevMan does that a record cannot say: its "M-H, Random" takes Q of the DerSimonian-Laird formula round
the Mantel-Haenszel effect; ``meta_analysis`` pools by inverse variance, which is RevMan's "IV, Random".
RevMan 5 prints no prediction interval; the rule beside it is the one its Handbook gave (Higgins, Thompson &
Spiegelhalter 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from k2meta.errors import unknown_option

__all__ = ["CONVENTIONS", "Convention", "get_convention"]


@dataclass(frozen=True, slots=True)
class Convention:
    """The choices of one program.

    Attributes
    ----------
    name : str
    program : str
        Whose choices these are, with the version they were read from.
    tau2 : str
        Estimator of the between-study variance.
    test : str
        Test and confidence interval of the pooled effect.
    prediction : str
        Rule of the prediction interval: ``"same"`` (the distribution of the confidence interval),
        ``"t(k-1)"``, ``"t(k-2)"`` or ``"normal"``.
    i2_basis : {"tau2", "Q"}
        Which I2 the program prints.
    study_add, study_to : float, str
        Zero-cell correction of study-level estimates.
    pooling_add, pooling_to : float, str
        Zero-cell correction inside Mantel-Haenszel pooling.
    drop00 : bool
        Whether studies without events (or with only events) in both arms are left out.
    counts : {"metafor", "revman"}
        Whose rules pooling from counts follows beyond that: the variance of a risk difference, and which
        tables carry no information.
    reference : str
        Where the choices are documented.
    """

    name: str
    program: str
    tau2: str
    test: str
    prediction: str
    i2_basis: str
    study_add: float
    study_to: str
    pooling_add: float
    pooling_to: str
    drop00: bool
    counts: str
    reference: str


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        record.name: record
        for record in (
            Convention(
                name="metafor",
                program="R metafor 3.8-1, its defaults",
                tau2="REML",
                test="z",
                prediction="same",
                i2_basis="tau2",
                study_add=0.5,
                study_to="only0",
                pooling_add=0.0,
                pooling_to="none",
                drop00=True,
                counts="metafor",
                reference="Viechtbauer 2010, doi:10.18637/jss.v036.i03",
            ),
            Convention(
                name="revman5",
                program="Cochrane Review Manager 5",
                tau2="DL",
                test="z",
                prediction="t(k-2)",
                i2_basis="Q",
                study_add=0.5,
                study_to="only0",
                pooling_add=0.5,
                pooling_to="only0",
                drop00=True,
                counts="revman",
                reference="Deeks & Higgins 2010, Statistical algorithms in Review Manager 5",
            ),
            Convention(
                name="revman2025",
                program="Cochrane RevMan (web) with the methods of 2025",
                tau2="REML",
                test="knapp-hartung",
                prediction="same",
                i2_basis="tau2",
                study_add=0.5,
                study_to="only0",
                pooling_add=0.5,
                pooling_to="only0",
                drop00=True,
                counts="revman",
                reference=(
                    "Cochrane Methods, Random-effects meta-analysis methods for intervention reviews: "
                    "REML, HKSJ, tau2-based I2, prediction interval with the distribution of the "
                    "confidence interval"
                ),
            ),
        )
    }
)


def get_convention(name: str) -> Convention:
    """Look a convention up by its name.

    Raises
    ------
    OptionError
        When there is none; the message lists them all.
    """
    try:
        return CONVENTIONS[name]
    except (KeyError, TypeError):
        raise unknown_option("convention", name, CONVENTIONS) from None
