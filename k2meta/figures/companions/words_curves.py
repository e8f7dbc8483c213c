"""Words of the profile likelihood, the normal Q-Q plot and the drapery plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        # profile likelihood
        "profile: title": ("Profile likelihood of τ²", "τ²的剖面似然"),
        "profile: x": ("Between-study variance τ²", "研究间方差τ²"),
        "profile: restricted": ("Restricted log-likelihood", "限制性对数似然"),
        "profile: full": ("Profile log-likelihood", "剖面对数似然"),
        "profile: maximum": ("Maximum, τ² = {value}", "最大值，τ² = {value}"),
        "profile: limits": ("{level} limits, {low} to {high}", "{level}置信限，{low}～{high}"),
        "profile: fit": ("The fit's own τ² = {value}", "本次拟合的τ² = {value}"),
        "profile: cut": (
            "Dotted: {drop} under the maximum (half the {level} quantile of χ², df = 1)",
            "点线：最大值以下{drop}（χ²分布{level}分位数的一半，ν = 1）",
        ),
        "profile: alt": (
            "Profile likelihood of the between-study variance of {k} studies: maximum at {value}, {level} "
            "limits {low} to {high}.",
            "{k}项研究的研究间方差的剖面似然曲线：最大值位于{value}，{level}置信限为{low}～{high}。",
        ),
        "profile: caption": (
            "Profile likelihood of the between-study variance τ² ({k} studies; {method}). The limits are "
            "where the curve lies {drop} under its maximum.",
            "研究间方差τ²的剖面似然（{k}项研究；{method}）。置信限为曲线低于最大值{drop}处。",
        ),
        # normal Q-Q
        "qq: title": ("Normal Q–Q plot", "正态Q-Q图"),
        "qq: x": ("Theoretical quantiles", "理论分位数"),
        "qq: y": ("Studentised deleted residuals", "学生化删除残差"),
        "qq: band": ("{level} envelope of {reps} simulated sets", "{reps}次模拟的{level}包络"),
        "qq: line": ("Line y = x", "直线y = x"),
        "qq: inside": ("Study", "研究"),
        "qq: outside": ("Study outside the envelope", "包络以外的研究"),
        "qq: seed": ("Envelope simulated with seed {seed}", "包络模拟的随机种子为{seed}"),
        "qq: alt": (
            "Normal Q–Q plot of the studentised deleted residuals of {k} studies; {n} outside the {level} "
            "simulated envelope.",
            "{k}项研究的学生化删除残差的正态Q-Q图，按残差由小到大排列；其中{n}项位于{level}模拟包络以外。",
        ),
        "qq: caption": (
            "Normal Q–Q plot of the studentised deleted residuals of {k} studies ({method}), with a "
            "pointwise {level} envelope from {reps} simulated sets (seed {seed}).",
            "{k}项研究的学生化删除残差的正态Q-Q图（{method}），附{reps}次模拟的逐点{level}包络（随机种子{seed}）。",
        ),
        # drapery
        "drapery: title": ("Drapery plot", "帷幔图"),
        "drapery: y": ("P value", "P值"),
        "drapery: z": ("Test statistic", "检验统计量"),
        "drapery: levels": ("Dotted: P", "点线：P"),
        "drapery: studies": ("Studies, wider with more weight", "各研究（线越粗权重越大）"),
        "drapery: pooled": ("Pooled effect", "合并效应"),
        "drapery: prediction": ("Prediction region", "预测区域"),
        "drapery: alt": (
            "Drapery plot: p-value functions of {k} studies and of the pooled {effect}, which peaks at "
            "{estimate}; {level} CI {low} to {high}.",
            "帷幔图：{k}项研究及合并{effect}的P值函数，合并效应的峰值位于{estimate}；"
            "{level} CI为{low}～{high}。",
        ),
        "drapery: caption": (
            "Drapery plot: p-value functions of {k} studies and of the pooled {effect} ({method}). A curve "
            "lies above P = 0.05 inside its 95% confidence interval.",
            "帷幔图：{k}项研究及合并{effect}的P值函数（{method}）。曲线高于P = 0.05的部分即其95%置信区间。",
        ),
    }
)
