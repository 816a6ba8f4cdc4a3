"""What people read about a licence: names of acts and events, what comes next and what happens if not, notices."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.messages.kinds import register

# Where a licence stands, finer than its state -> (what comes next, what happens if nobody does it)
SITUATIONS: dict[str, tuple[str, str]] = {
    "DRAFT": (N_("补正申请后重新提交"), N_("到期未提交，申请自动撤销")),
    "APPLIED": (N_("系统登记申请"), ""),
    "ELIGIBILITY": (N_("核验企业资格"), N_("逾期提醒经纪人和运营方")),
    "ELIGIBILITY_CHECKED": (N_("确认资格核验结果"), N_("逾期提醒运营方")),
    "INST_REVIEW": (N_("审批许可方案"), N_("逾期提醒学校和运营方")),
    "NOTICE": (N_("等公示期满"), N_("期满无异议，自动进入签约")),
    "OBJECTION": (N_("处理异议"), N_("公示暂停计时，逾期提醒学校和运营方")),
    "SIGNING": (N_("签署许可合同"), N_("到期未签齐，许可自动撤销")),
    "SIGNED": (N_("交付技术资料"), N_("逾期提醒学校和运营方")),
    "DELIVERING": (N_("核对并确认收到"), N_("确认之日起算试用期；逾期提醒企业")),
    "TRIAL": (N_("交使用进展报告"), N_("过宽限期仍未交，系统催报；两期未交，学校可以中止试用")),
    "TRIAL_QUIET": (N_("等试用期满"), N_("期满自动进入付费触发或到期评估")),
    "TRIAL_CLAIMED": (N_("确认付费触发，或提出异议"), N_("期内没有异议，视为触发条件成就")),
    "TRIAL_DISPUTED": (N_("裁定付费触发争议"), N_("裁定前不付费，逾期提醒运营方")),
    "EXIT_ASKED": (N_("确认企业退出试用"), N_("逾期提醒学校和运营方")),
    "EVALUATION": (N_("选择继续使用或者退出"), N_("到期未选择，试用中止；沉默不视为同意付费")),
    "SUSPENDED": (N_("决定付费、退出或者终止"), N_("中止期间不得继续使用，逾期提醒学校和运营方")),
    "PAYABLE": (N_("提交付款计划"), N_("逾期提醒学校和运营方")),
    "PAYING": (N_("按期付款"), N_("过宽限期未付，记为逾期")),
    "OVERDUE": (N_("付清逾期款"), N_("学校可以书面催告并追究违约责任")),
    "DEFAULT": (N_("处置违约"), N_("依次协商、调解、理赔、仲裁或诉讼")),
    "COMPLETED": (N_("全部款项已到账，许可完结"), ""),
    "CONVERTED": (N_("已转正"), ""),
    "EXITED": (N_("企业已退出试用"), ""),
    "TERMINATED": (N_("许可已终止"), ""),
    "REJECTED": (N_("申请未通过"), ""),
    "CANCELLED": (N_("申请已撤销"), ""),
}

# The button of an act; headings name the news, buttons name the act.
ACTS = {
    "check": N_("核验无误，提交运营方确认"),
    "confirm": N_("确认符合资格，转学校审批"),
    "send_back": N_("退回补正"),
    "reject": N_("不予通过"),
    "approve": N_("同意许可并开始公示"),
    "decide": N_("作出处理决定"),
    "sign": N_("签署合同"),
    "deliver": N_("已交付，请企业确认"),
    "receive": N_("确认收到，开始试用"),
    "report": N_("提交使用报告"),
    "claim": N_("提出付费触发"),
    "confirm_trigger": N_("确认触发条件成就"),
    "contest": N_("提出异议"),
    "decide_payable": N_("裁定触发成立"),
    "decide_trial": N_("裁定触发不成立"),
    "ask_exit": N_("申请退出试用"),
    "confirm_exit": N_("确认退出"),
    "refuse_exit": N_("不同意退出"),
    "continue": N_("继续使用并付费"),
    "prove_use": N_("有继续使用的证据，转入付费"),
    "terminate": N_("终止许可"),
    "schedule": N_("提交付款计划"),
    "receipt": N_("登记到账"),
    "cancel": N_("撤销申请"),
}

EVENTS = {
    "apply": N_("提交申请"),
    "expire": N_("草稿到期，申请撤销"),
    "open_check": N_("登记申请，转资格核验"),
    "check": N_("经纪人核验资格"),
    "confirm": N_("运营方确认资格"),
    "send_back": N_("退回补正"),
    "reject": N_("未通过"),
    "approve": N_("学校同意许可，开始公示"),
    "end_notice": N_("公示期满无异议"),
    "object": N_("收到异议，公示暂停计时"),
    "dismiss": N_("一项异议不成立"),
    "resume": N_("异议不成立，继续公示"),
    "rerun": N_("异议不成立，重新公示"),
    "uphold": N_("异议成立，不予许可"),
    "sign": N_("一方签署合同"),
    "seal": N_("双方签署完成，合同生效"),
    "lapse": N_("到期未签齐，许可撤销"),
    "deliver": N_("交付技术资料"),
    "receive": N_("确认收到，试用开始"),
    "deem_received": N_("视为收到，试用开始"),
    "report": N_("提交使用报告"),
    "claim": N_("提出付费触发"),
    "contest": N_("对付费触发提出异议"),
    "confirm_trigger": N_("确认付费触发"),
    "uncontested": N_("期内无异议，付费触发成立"),
    "decide_payable": N_("裁定触发成立"),
    "decide_trial": N_("裁定触发不成立，继续试用"),
    "suspend": N_("中止试用"),
    "lift": N_("恢复试用"),
    "prove_use": N_("认定继续使用，转入付费"),
    "end_trial": N_("试用期满，开始评估"),
    "ask_extension": N_("申请延长试用"),
    "extend": N_("同意延长试用"),
    "continue": N_("选择继续使用并付费"),
    "silence": N_("到期未选择，试用中止"),
    "convert": N_("转正"),
    "ask_exit": N_("申请退出试用"),
    "refuse_exit": N_("不同意退出"),
    "confirm_exit": N_("确认退出试用"),
    "schedule": N_("提交付款计划"),
    "receipt": N_("登记到账"),
    "complete": N_("款项全部到账，许可完结"),
    "overdue": N_("逾期"),
    "catch_up": N_("逾期款付清"),
    "reschedule": N_("调整付款计划"),
    "declare_default": N_("转入违约处置"),
    "settle": N_("违约处置完毕，恢复付款"),
    "cancel": N_("撤销申请"),
    "terminate": N_("终止许可"),
    "remind": N_("系统提醒"),
}

PLANS = {
    "plan_notice_end": N_("公示期满"),
    "plan_report": N_("交使用进展报告"),
    "plan_trial_end": N_("试用期满"),
    "plan_instalment": N_("付款到期"),
}
STAGES = {
    "APPLY": N_("申请"),
    "CHECK": N_("资格核验"),
    "REVIEW": N_("学校审批"),
    "NOTICE": N_("公示"),
    "SIGN": N_("签约"),
    "DELIVER": N_("技术交付"),
    "TRIAL": N_("试用"),
    "EVALUATE": N_("到期评估"),
    "PAY": N_("付费与完结"),
}

# Notices to whoever has to act next, by situation.
TURNS = {
    "DRAFT": N_("先用后付 %(code)s《%(title)s》被退回，请补正后重新提交，最晚 %(by)s。"),
    "ELIGIBILITY": N_("先用后付 %(code)s《%(title)s》等您核验企业资格，最晚 %(by)s。"),
    "ELIGIBILITY_CHECKED": N_("先用后付 %(code)s《%(title)s》等您确认资格核验结果，最晚 %(by)s。"),
    "INST_REVIEW": N_("先用后付 %(code)s《%(title)s》等学校审批，最晚 %(by)s。"),
    "OBJECTION": N_("先用后付 %(code)s《%(title)s》的公示收到异议，请处理，最晚 %(by)s。"),
    "SIGNING": N_("先用后付 %(code)s《%(title)s》公示期满，请签署合同，最晚 %(by)s。"),
    "SIGNED": N_("先用后付 %(code)s《%(title)s》双方已签约，请交付技术资料，最晚 %(by)s。"),
    "DELIVERING": N_("先用后付 %(code)s《%(title)s》的技术资料已交付，请核对并确认，最晚 %(by)s。"),
    "TRIAL": N_("先用后付 %(code)s《%(title)s》请提交使用进展报告，最晚 %(by)s。"),
    "TRIAL_CLAIMED": N_("先用后付 %(code)s《%(title)s》有一项付费触发，请确认或提出异议，最晚 %(by)s。"),
    "TRIAL_DISPUTED": N_("先用后付 %(code)s《%(title)s》的付费触发有争议，请裁定，最晚 %(by)s。"),
    "EXIT_ASKED": N_("先用后付 %(code)s《%(title)s》企业申请退出试用，请确认，最晚 %(by)s。"),
    "EVALUATION": N_("先用后付 %(code)s《%(title)s》试用期满，请选择继续使用或者退出，最晚 %(by)s。"),
    "SUSPENDED": N_("先用后付 %(code)s《%(title)s》已中止，请决定付费、退出或者终止，最晚 %(by)s。"),
    "PAYABLE": N_("先用后付 %(code)s《%(title)s》付费触发已成立，请提交付款计划，最晚 %(by)s。"),
    "PAYING": N_("先用后付 %(code)s《%(title)s》有一期款项应付，最晚 %(by)s。"),
    "OVERDUE": N_("先用后付 %(code)s《%(title)s》有款项逾期，请尽快付清。"),
    "DEFAULT": N_("先用后付 %(code)s《%(title)s》进入违约处置，请跟进，最晚 %(by)s。"),
}

# News to the parties who need not act, by the state just reached.
NEWS = {
    "ELIGIBILITY": N_("先用后付 %(code)s《%(title)s》已提交，正在核验资格。"),
    "INST_REVIEW": N_("先用后付 %(code)s《%(title)s》资格已确认，转学校审批。"),
    "NOTICE": N_("先用后付 %(code)s《%(title)s》学校已同意，公示至 %(by)s。"),
    "OBJECTION": N_("先用后付 %(code)s《%(title)s》的公示收到异议，公示暂停计时。"),
    "SIGNED": N_("先用后付 %(code)s《%(title)s》双方已签约。"),
    "TRIAL": N_("先用后付 %(code)s《%(title)s》企业已确认收到，试用开始。"),
    "EVALUATION": N_("先用后付 %(code)s《%(title)s》试用期满，等企业选择。"),
    "SUSPENDED": N_("先用后付 %(code)s《%(title)s》试用已中止。"),
    "PAYABLE": N_("先用后付 %(code)s《%(title)s》付费触发已成立，等学校提交付款计划。"),
    "OVERDUE": N_("先用后付 %(code)s《%(title)s》有款项逾期。"),
    "COMPLETED": N_("先用后付 %(code)s《%(title)s》款项全部到账，许可完结。"),
    "EXITED": N_("先用后付 %(code)s《%(title)s》企业已退出试用。"),
    "TERMINATED": N_("先用后付 %(code)s《%(title)s》已终止。"),
    "REJECTED": N_("先用后付 %(code)s《%(title)s》未通过。"),
    "CANCELLED": N_("先用后付 %(code)s《%(title)s》已撤销。"),
}

REMINDERS = {
    "turn": N_("先用后付 %(code)s《%(title)s》有一步已过期限（%(by)s），请尽快处理。"),
    "report": N_("先用后付 %(code)s《%(title)s》的使用进展报告已过宽限期（%(by)s），请尽快提交。"),
    "trial_end": N_("先用后付 %(code)s《%(title)s》的试用将于 %(by)s 期满，请准备评估。"),
    "instalment": N_("先用后付 %(code)s《%(title)s》有一期款项已过应付日（%(by)s），请尽快付款。"),
}

for _situation, _sentence in TURNS.items():
    register(f"licence_turn_{_situation.lower()}", _sentence)
for _state, _sentence in NEWS.items():
    register(f"licence_news_{_state.lower()}", _sentence)
for _about, _sentence in REMINDERS.items():
    register(f"licence_remind_{_about}", _sentence)
