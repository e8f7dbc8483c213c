"""Words of the PRISMA 2020 flow diagram, English as in its templates (Page 2021, doi:10.1136/bmj.n71)."""

from __future__ import annotations

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "prisma: identification": ("Identification", "识别"),
        "prisma: screening": ("Screening", "筛选"),
        "prisma: included": ("Included", "纳入"),
        "prisma: head previous": ("Previous studies", "既往研究"),
        "prisma: head databases": (
            "Identification of studies via databases and registers",
            "通过数据库和注册平台识别研究",
        ),
        "prisma: head databases new": (
            "Identification of new studies via databases and registers",
            "通过数据库和注册平台识别新研究",
        ),
        "prisma: head other": ("Identification of studies via other methods", "通过其他方法识别研究"),
        "prisma: head other new": (
            "Identification of new studies via other methods",
            "通过其他方法识别新研究",
        ),
        "prisma: n": ("{label} ({count})", "{label}（{count}）"),
        "prisma: count": ("n = {n}", "n = {n}"),
        "prisma: not reported": ("not reported", "未报告"),
        "prisma: list": ("{label}:", "{label}："),
        "prisma: identified": ("Records identified from", "识别的记录来自"),
        "prisma: databases": ("Databases", "数据库"),
        "prisma: registers": ("Registers", "注册平台"),
        "prisma: websites": ("Websites", "网站"),
        "prisma: organisations": ("Organisations", "机构"),
        "prisma: citations": ("Citation searching", "引文检索"),
        "prisma: removed": ("Records removed before screening", "筛选前移除的记录"),
        "prisma: duplicates": ("Duplicate records removed", "重复记录"),
        "prisma: automation": (
            "Records marked as ineligible by automation tools",
            "被自动化工具标记为不合格的记录",
        ),
        "prisma: removed_other": ("Records removed for other reasons", "因其他原因移除的记录"),
        "prisma: screened": ("Records screened", "筛选的记录"),
        "prisma: excluded": ("Records excluded", "排除的记录"),
        "prisma: excluded_by_human": ("By a human", "人工排除"),
        "prisma: excluded_by_automation": ("By automation tools", "自动化工具排除"),
        "prisma: sought": ("Reports sought for retrieval", "拟获取全文的报告"),
        "prisma: not_retrieved": ("Reports not retrieved", "未获取到全文的报告"),
        "prisma: assessed": ("Reports assessed for eligibility", "评估合格性的报告"),
        "prisma: excluded_reports": ("Reports excluded", "排除的报告"),
        "prisma: studies": ("Studies included in review", "纳入综述的研究"),
        "prisma: reports": ("Reports of included studies", "纳入研究的报告"),
        "prisma: studies new": ("New studies included in review", "新纳入综述的研究"),
        "prisma: reports new": ("Reports of new included studies", "新纳入研究的报告"),
        "prisma: previous_studies": (
            "Studies included in previous version of review",
            "综述前一版本纳入的研究",
        ),
        "prisma: previous_reports": (
            "Reports of studies included in previous version of review",
            "综述前一版本纳入研究的报告",
        ),
        "prisma: total_studies": ("Total studies included in review", "综述纳入的研究总数"),
        "prisma: total_reports": ("Reports of total included studies", "全部纳入研究的报告"),
        "prisma: title": ("PRISMA 2020 flow diagram", "PRISMA 2020流程图"),
        "prisma: alt": (
            "PRISMA 2020 flow diagram of {review}: {steps}.",
            "{review}的PRISMA 2020流程图：{steps}。",
        ),
        "prisma: new": ("a new review", "新综述"),
        "prisma: updated": ("an updated review", "更新综述"),
        "prisma: step": ("{label}, n = {n}", "{label}（n = {n}）"),
        "prisma: step other": ("{label} (other methods), n = {n}", "{label}（其他方法，n = {n}）"),
        "prisma: all identified": (
            "Records identified from databases and registers",
            "从数据库和注册平台识别的记录",
        ),
        "prisma: other identified": ("Records identified by other methods", "通过其他方法识别的记录"),
        "prisma: caption": (
            "PRISMA 2020 flow diagram of the selection of studies (doi:10.1136/bmj.n71). {steps}.",
            "研究筛选的PRISMA 2020流程图（doi:10.1136/bmj.n71）。{steps}。",
        ),
    }
)
