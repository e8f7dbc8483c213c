"""The words of an audit, in English and Chinese: conventions, notes, heads and verdicts."""

from __future__ import annotations

from k2meta.tables.notes import checked_language, phrase

__all__ = ["Words"]

_WORDS = {
    # conventions
    "log": ("log scale", "对数尺度"),
    "difference": ("natural scale", "原始尺度"),
    "ratio": ("natural scale", "原始尺度"),
    "symmetric": ("symmetric, {scale}", "对称，{scale}"),
    "normal": ("normal, {scale}", "正态，{scale}"),
    "from interval": ("from the interval, normal, {scale}", "由置信区间推算，正态，{scale}"),
    "from z": ("from the printed Z, normal", "由所印Z值推算，正态"),
    "inside": ("estimate inside its interval", "估计值应在其置信区间内"),
    "counted": ("counted", "计数"),
    # notes
    "to": ("{low} to {high}", "{low}～{high}"),
    "join": ("; ", "；"),
    "and": (" and ", "和"),
    "estimate": ("estimate", "估计值"),
    "lower limit": ("lower limit", "下限"),
    "upper limit": ("upper limit", "上限"),
    "read as": ("{text} read as {shown}", "{text}按{shown}处理"),
    "precision": ("precision assumed from the numbers beside it: {seen}", "精度按相邻数字推定：{seen}"),
    "centre": ("{centre} ({scale})", "{centre}（{scale}）"),
    "off centre": (
        "the interval is centred on {centres}, not on the printed estimate",
        "区间中心为{centres}，并非所印估计值",
    ),
    "natural only": (
        "interval symmetric on the natural scale, not on the log scale (centre there {other})",
        "区间在原始尺度而非对数尺度上对称（对数尺度的中心为{other}）",
    ),
    "no interval": ("no interval printed", "未印置信区间"),
    "lacking": ("{names} not printed", "未印{names}"),
    "reversed": ("the limits are reversed: {low} is above {high}", "上下限颠倒：{low}大于{high}"),
    "below": (
        "an interval from {limit} cannot contain its estimate {estimate}",
        "以{limit}为下限的区间不可能包含其估计值{estimate}",
    ),
    "above": (
        "an interval up to {limit} cannot contain its estimate {estimate}",
        "以{limit}为上限的区间不可能包含其估计值{estimate}",
    ),
    "not a ratio": ("a ratio is never zero or negative", "比值不可能为零或负数"),
    "no t": (
        "no t interval (Hartung-Knapp) of this width has that P value either",
        "此宽度的t区间（Hartung-Knapp法）也得不到该P值",
    ),
    "one t": (
        "only a t interval (Hartung-Knapp) with {first} df (k = {k_first}) would have that P value",
        "只有ν = {first}（k = {k_first}）的t区间（Hartung-Knapp法）才会得到该P值",
    ),
    "some t": (
        "only a t interval (Hartung-Knapp) with {first} to {last} df (k = {k_first} to {k_last}) "
        "would have that P value",
        "只有ν = {first}～{last}（k = {k_first}～{k_last}）的t区间（Hartung-Knapp法）才会得到该P值",
    ),
    "centre used": (
        "estimate not printed: the centre of the interval is used",
        "未印估计值，采用区间中心",
    ),
    "no p": ("no P value printed; this is what the interval implies", "未印P值；此为区间所蕴含的P值"),
    "coarse p": (
        "the interval is rounded too coarsely to exclude any P value",
        "区间舍入过粗，无法排除任何P值",
    ),
    "coarse z": (
        "the interval is rounded too coarsely to exclude any Z",
        "区间舍入过粗，无法排除任何Z值",
    ),
    "p against": (
        "P = {text} stands for {printed}, the interval allows {allowed}",
        "P = {text}代表{printed}，而区间允许{allowed}",
    ),
    "z against": ("Z {z} has P {allowed}, not {printed}", "Z = {z}对应P = {allowed}，而非{printed}"),
    "not read": ("not read as a P value", "无法读作P值"),
    "implied": ("not printed; implied by estimate and P value", "未印；由估计值和P值推算"),
    "needs rows": ("needs the study rows", "需要研究数据行"),
    "wrong interval": ("not judged against an interval that is wrong", "区间有误，不据以判断"),
    "nothing": ("no number printed", "未印数字"),
    "retracted": ("retracted", "已撤稿"),
    "rests on retracted": ("rests on a retracted trial", "仅依据一项已撤稿试验"),
    "contains retracted": ("contains trials retracted later", "含后来被撤稿的试验"),
    "questioned in print": ("integrity questioned in print", "数据可信性在文献中受到质疑"),
    "not printed": ("not printed", "未印"),
    "far off": ("off by {away}", "相差{away}"),
    "off by": ("off by {away}, {units} units of the last digit", "相差{away}，即末位的{units}个单位"),
    "incomplete": (
        "{usable} of {all} trials are filled in; the rows give {value}",
        "{all}项试验已填{usable}项；现有数据行为{value}",
    ),
    "from counts": ("{measure} of the trial's own counts", "由试验自身计数得到的{measure}"),
    "from chi2": ("χ² = {chi2} with 1 df", "χ² = {chi2}，ν = 1"),
    "other df": (
        "P fits {df} df, so no 2 x 2 table follows from it",
        "该P值对应ν = {df}，因此不能由此还原四格表",
    ),
    "no df": ("P fits no degrees of freedom up to 20", "该P值不符合ν ≤ 20的任何自由度"),
    "from dispersion": ("t test, dispersion read as {reading}", "t检验，离散度按{reading}理解"),
    "other reading": ("read as {reading}, P would be {span}", "若按{reading}理解，P为{span}"),
    "both readings": ("the print allows SD and SE", "所印数字与SD、SE均不矛盾"),
    "near": ("close to it, another test may have been used", "较接近，可能采用了其他检验"),
    "sizes assumed": ("arm sizes assumed", "组别例数为假设"),
    "months": ("{months} months", "{months}个月"),
    # heads and verdicts of tables
    "head source": ("Source", "来源"),
    "head outcome": ("Outcome", "结局"),
    "head subgroup": ("Subgroup", "亚组"),
    "head quantity": ("Quantity", "数字"),
    "head printed": ("Printed", "文中所印"),
    "head recomputed": ("Recomputed", "推算"),
    "head convention": ("Convention", "方法"),
    "head verdict": ("Verdict", "判断"),
    "head note": ("Note", "说明"),
    "reproduced": ("reproduced", "复现"),
    "consistent": ("consistent", "相符"),
    "contradicted": ("contradicted", "矛盾"),
    "not checkable": ("not checkable", "无法核查"),
}


class Words:
    """The words of one language.

    Examples
    --------
    >>> Words("en")("needs rows")
    'needs the study rows'
    >>> Words("zh")("verdict", default="x")
    'x'
    """

    def __init__(self, lang: str = "en") -> None:
        self.lang = checked_language(lang)

    def __call__(self, key: str, default: str | None = None, **values: object) -> str:
        """Take an entry and fill in its values; ``default`` where there is none of this name."""
        if default is not None and key not in _WORDS:
            return default
        return phrase(_WORDS, key, self.lang, **values)

    def joined(self, *notes: str) -> str:
        """Join the notes that say something."""
        return self("join").join(note for note in notes if note)
