"""Words of the influence panel."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "influence: title": ("Influence diagnostics", "影响力诊断图"),
        "influence: rstudent": ("Studentised deleted residual", "学生化删除残差"),
        "influence: dffits": ("DFFITS", "DFFITS"),
        "influence: cooks_distance": ("Cook's distance", "Cook距离"),
        "influence: cov_ratio": ("Covariance ratio", "协方差比"),
        "influence: tau2_deleted": ("τ² without the study", "剔除后的τ²"),
        "influence: q_deleted": ("Q without the study", "剔除后的Q"),
        "influence: hat": ("Leverage (hat value)", "杠杆值"),
        "influence: weight": ("Weight (%)", "权重（%）"),
        "influence: x": ("Study", "研究序号"),
        "influence: influential": ("Influential study", "有影响的研究"),
        "influence: other": ("Other study", "其他研究"),
        "influence: key": ("Studies", "研究"),
        "influence: rule": (
            "Dashed: the value of a study without influence, or of the fit with all studies; dotted: the "
            "limit beyond which a study counts as influential (residuals: ±1.96)",
            "虚线：无影响时的取值或全部研究的结果；点线：判定为有影响的界值（残差为±1.96）",
        ),
        "influence: alt": (
            "Influence diagnostics of {k} studies, each left out in turn, in {n} panels. {found}",
            "{k}项研究的影响力诊断图，{n}个分图分别显示逐一剔除各项研究所得的一项诊断指标。{found}",
        ),
        "influence: none": ("No study passes a limit.", "无研究超过界值。"),
        "influence: some": ("Influential: {studies}.", "有影响的研究：{studies}。"),
        "influence: caption": (
            "Influence diagnostics of {k} studies ({method}): each panel shows one diagnostic, with every "
            "study left out in turn. {found}",
            "{k}项研究的影响力诊断（{method}）：各分图显示逐一剔除每项研究所得的一项诊断指标。{found}",
        ),
    }
)
