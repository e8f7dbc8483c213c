"""Words of the funnel plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "funnel: y se": ("Standard error", "标准误"),
        "funnel: y variance": ("Sampling variance", "抽样方差"),
        "funnel: y precision": ("Precision (1/standard error)", "精度（1/标准误）"),
        "funnel: y 1/variance": ("1/sampling variance", "1/抽样方差"),
        "funnel: y n": ("Sample size", "样本量"),
        "funnel: y 1/n": ("1/sample size", "1/样本量"),
        "funnel: y 1/sqrt(n)": ("1/√(sample size)", "1/√样本量"),
        "funnel: study": ("Study", "研究"),
        "funnel: filled": ("Filled by trim and fill ({n})", "剪补法补入（{n}）"),
        "funnel: limits": ("Pseudo {level} limits", "伪{level}置信限"),
        "funnel: estimate": ("Pooled effect", "合并效应"),
        "funnel: adjusted": ("Pooled effect with filled studies", "补入研究后的合并效应"),
        "funnel: egger": ("Egger’s regression line", "Egger回归线"),
        "funnel: test Egger": ("Egger’s test", "Egger检验"),
        "funnel: test Harbord": ("Harbord’s test", "Harbord检验"),
        "funnel: test Peters": ("Peters’ test", "Peters检验"),
        "funnel: test other": ("Test for small-study effects", "小样本效应检验"),
        "funnel: trim and fill": ("Trim and fill ({estimator})", "剪补法（{estimator}）"),
        "funnel: filled none": ("no study filled", "未补入研究"),
        "funnel: filled left": ("{n} filled on the left", "左侧补入{n}项"),
        "funnel: filled right": ("{n} filled on the right", "右侧补入{n}项"),
        "funnel: adjusted text": ("pooled effect then {effect}", "补入后合并效应为{effect}"),
        "funnel: note limits": (
            "Dashed lines: where {level} of studies would lie if sampling error alone made them differ from "
            "the {line}",
            "虚线：若各研究与{line}之差仅来自抽样误差，{level}的研究应落在其间",
        ),
        "funnel: note limits tau2": (
            "Dashed lines: where {level} of studies would lie round the {line}, given sampling error and τ²",
            "虚线：在抽样误差与τ²之下，{level}的研究应落在其间（围绕{line}）",
        ),
        "funnel: line estimate": ("pooled effect (solid line)", "合并效应（实线）"),
        "funnel: line adjusted": (
            "pooled effect with filled studies (solid line)",
            "补入研究后的合并效应（实线）",
        ),
        "funnel: line given": ("solid line", "实线"),
        "funnel: note contours": (
            "Shading: two-sided {p} of a single study against no effect",
            "底色：单项研究相对无效应的双侧{p}值",
        ),
        "funnel: note few": (
            "With fewer than 10 studies, the shape of a funnel plot says little and tests of its asymmetry "
            "have little power",
            "研究少于10项时，漏斗图的形状难以解读，其不对称检验的效能亦低",
        ),
        "funnel: title": ("Funnel plot", "漏斗图"),
        "funnel: alt": (
            "Funnel plot of {k} studies: {effect} against {y}. The pooled effect is {estimate}."
            "{outside}{filled}",
            "{k}项研究的漏斗图：横轴为{effect}，纵轴为{y}。合并效应为{estimate}。{outside}{filled}",
        ),
        "funnel: alt outside": (
            " Studies outside the pseudo {level} limits: {n}.",
            "落在伪{level}置信限之外的有{n}项。",
        ),
        "funnel: alt filled": (" Trim and fill added {n}.", "剪补法补入{n}项。"),
        "funnel: caption": (
            "Funnel plot of {k} studies ({method}): {effect} of each study against {y}{parts}.",
            "{k}项研究的漏斗图（{method}）：各研究的{effect}与{y}{parts}。",
        ),
        "funnel: caption parts": (", with {parts}", "，附{parts}"),
        "funnel: caption limits": ("pseudo {level} confidence limits", "伪{level}置信限"),
        "funnel: caption contours": ("contours of statistical significance", "统计学显著性轮廓"),
        "funnel: caption filled": ("studies filled by trim and fill (open)", "剪补法补入的研究（空心点）"),
        "funnel: caption egger": ("Egger’s regression line", "Egger回归线"),
    }
)
