"""Words of the forest plot's variants: cumulative and leave-one-out rows, bands, panels."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "forest: alt cumulative": (
            "Cumulative forest plot of {k} studies, {effect}",
            "{k}项研究的累积森林图，效应量为{effect}",
        ),
        "forest: alt steps": (
            "Pooled estimates run from {low} (row of {first}) to {high} (row of {last})",
            "合并估计值从{low}（{first}一行）到{high}（{last}一行）",
        ),
        "forest: caption loo": ("Leave-one-out forest plot of {title}", "{title}的逐一剔除森林图"),
        "forest: caption cumulative": ("Cumulative forest plot of {title}", "{title}的累积森林图"),
        "forest: marks loo": (
            "Squares, all of one size, are pooled estimates without one study each; lines are {level} "
            "confidence intervals; the diamond is the pooled estimate of all studies; the grey band is its "
            "confidence interval",
            "方块大小相同，为依次剔除一项研究后的合并估计值；横线为{level}置信区间；菱形为全部研究的合并估计值；"
            "灰色带为其置信区间",
        ),
        "forest: marks cumulative": (
            "Squares, all of one size, are pooled estimates with the studies down to each row; lines are "
            "{level} confidence intervals; the diamond is the pooled estimate of all studies",
            "方块大小相同，为截至该行各研究的合并估计值；横线为{level}置信区间；菱形为全部研究的合并估计值",
        ),
        "forest: order": ("Studies in the order of {by}", "研究按{by}的顺序纳入"),
        "forest: order data": ("Studies in the order of the data", "研究按数据顺序纳入"),
        "forest: order effect": ("Studies in the order of their effects", "研究按效应量大小的顺序纳入"),
        "forest: order precision": ("Studies in the order of their precision", "研究按精度的顺序纳入"),
        "forest: band loo": (
            "Grey band: {level} CI of all studies",
            "灰色带：全部研究的{level} CI",
        ),
        "forest: axis size": (
            "Axis and pooled values: back transformed at the harmonic mean of the sizes, n = {size}; each "
            "study at its own",
            "坐标轴与合并值：按样本量的调和均数（n = {size}）逆变换；各研究按自身样本量逆变换",
        ),
        "forest: axis time": (
            "Axis and pooled values: back transformed at the harmonic mean of the person-times, {size}; each "
            "study at its own",
            "坐标轴与合并值：按人时的调和均数（{size}）逆变换；各研究按自身人时逆变换",
        ),
        "forest: band": (
            "Light grey band: {low} to {high}, effects regarded as unimportant",
            "浅灰色带：{low}～{high}，视为无重要意义的效应范围",
        ),
        "forest: band signed": (
            "Light grey band: {low} to {high}, effects regarded as unimportant",
            "浅灰色带：{low}至{high}，视为无重要意义的效应范围",
        ),
        "forest: caption line": (
            "the line through the diamond is the {level} prediction interval",
            "穿过菱形的横线为{level}预测区间",
        ),
        "forest: caption density": (
            "the curve is the distribution of true effects in new studies, dark inside the {level} "
            "prediction interval",
            "曲线为新研究真实效应的分布，深色部分为{level}预测区间",
        ),
        "forest: alt panels": ("{n} panels side by side", "{n}幅图并排"),
        "forest: caption rob": (
            "Dots show the risk of bias by {tool} ({domains})",
            "圆点表示按{tool}评价的偏倚风险（{domains}）",
        ),
        "forest: own tool": ("domains of the authors' own", "自定义领域"),
        "forest: and": ("{first} and {second}", "{first}和{second}"),
    }
)
