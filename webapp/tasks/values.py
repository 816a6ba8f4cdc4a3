"""Value lists of tasks: kinds of log entries, outcomes, actions, visibility, notices, and the default clocks."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.matches import values as matches
from webapp.messages.kinds import register

# Contacts a person logs; STEP and CLOCK entries are written by the platform.
KINDS = {
    "PHONE": N_("电话"),
    "VISIT": N_("走访"),
    "ONLINE": N_("线上会议"),
    "ON_SITE": N_("现场会"),
    "SAMPLE": N_("样品测试"),
    "ROADSHOW": N_("路演"),
    "CONTRACT": N_("合同磋商"),
}
STEP, CLOCK = "STEP", "CLOCK"
ALL_KINDS = KINDS | {STEP: N_("进度"), CLOCK: N_("提醒")}
VISIBILITY = {"PARTIES": N_("双方可见"), "BROKER": N_("仅经纪人和运营方")}

OUTCOMES = {
    "COMMISSIONED": N_("委托开发"),
    "JOINT": N_("合作开发"),
    "TRANSFER": N_("转让"),
    "LICENSE": N_("许可"),
    "USE_FIRST": N_("先用后付许可"),
    "CONSULTING": N_("咨询"),
    "SERVICE": N_("服务"),
    "EQUITY": N_("作价投资"),
    "PLATFORM": N_("共建平台"),
    "TALENT": N_("人才合作"),
    "TESTING": N_("仪器检测"),
    "PILOT": N_("概念验证或中试"),
    "TO_BOARD": N_("转揭榜挂帅"),
    "NOT_REACHED": N_("未达成"),
}
REASONS = matches.REASONS
SUCCESSES = tuple(code for code in OUTCOMES if code != "NOT_REACHED")

ACTIONS = {
    "assign": N_("指派"),
    "accept": N_("接受任务"),
    "verify": N_("开始双方核实"),
    "nda": N_("签保密协议"),
    "meet": N_("安排对接交流"),
    "validate": N_("进入技术验证"),
    "negotiate": N_("进入商务谈判"),
    "sign": N_("登记签约"),
    "register": N_("办合同登记"),
    "follow": N_("转入跟踪"),
    "succeed": N_("成功办结"),
    "settle": N_("许可结清，办结"),
    "hold": N_("暂停"),
    "resume": N_("继续"),
    "reassign": N_("改派"),
    "fail": N_("以未达成办结"),
    "cancel": N_("取消"),
}
# What the broker should bring about in each step, said on the task's page.
ADVICE = {
    "CREATED": N_("还没有经纪人，请运营方指派。"),
    "ASSIGNED": N_("请接受任务；不合适就写明原因，交回改派。"),
    "REASSIGNED": N_("原经纪人已交出，请运营方改派。"),
    "ACCEPTED": N_("先联系双方，记下第一次联系，再开始核实。"),
    "CONTACTED": N_("已经联系过了，可以开始核实双方的情况。"),
    "VERIFYING": N_("向企业核实需求真实、预算和时间，向学校核实权属和成熟度。"),
    "NDA": N_("双方签好保密协议后再交换受控资料。"),
    "MEETING": N_("安排双方见面或线上会议，记下共识和分歧。"),
    "VALIDATING": N_("约定样品测试的指标和判定办法，结果记入记录。"),
    "NEGOTIATING": N_("谈定合作方式、价格和付款条件；合适时走先用后付。"),
    "SIGNED": N_("合同已签。需要认定登记的，由卖方办理。"),
    "REGISTERED": N_("登记已办，转入跟踪，三个月后回访。"),
    "FOLLOW_UP": N_("在第 3、6、12 个月回访，记下落地情况后办结。"),
    "ON_HOLD": N_("暂停期满会自动继续；条件成熟可提前继续。"),
    "CLOSED_SUCCESS": N_("任务已成功办结。"),
    "CLOSED_FAILED": N_("任务以未达成办结，原因见记录。"),
    "CANCELLED": N_("任务已取消。"),
}

# Default clocks in working days unless said otherwise.
ACCEPT_DAYS = 2
CONTACT_DAYS = 5
QUIET_DAYS = 10
SILENT_DAYS = 20
HOLD_DAYS = 60  # calendar days
FOLLOW_MONTHS = "3,6,12"

register("task_assigned", N_("对接任务 %(code)s 指派给您，请在 %(until)s 前接受。"))
register("task_unassigned", N_("对接任务 %(code)s 还没有经纪人，请指派。"))
register("task_opened", N_("对接任务 %(code)s 已开，经纪人会与您联系。"))
register("task_step", N_("对接任务 %(code)s 有新进展。"))
register("task_closed", N_("对接任务 %(code)s 已办结。"))
register("task_late", N_("对接任务 %(code)s 已超过期限没有动静，请督促。"))
register("task_resumed", N_("对接任务 %(code)s 暂停期满，已继续。"))
register("task_message", N_("对接任务 %(code)s 有新消息。"))
register("task_meeting_proposed", N_("对接任务 %(code)s：有人提议 %(at)s 见面，请答复。"))
register("task_meeting_agreed", N_("对接任务 %(code)s：%(at)s 的见面已约定。"))
register("task_meeting_declined", N_("对接任务 %(code)s：%(at)s 的见面对方不合适，请另约。"))
register("task_meeting_cancelled", N_("对接任务 %(code)s：%(at)s 的见面已取消。"))
register("task_contact_asked", N_("对接任务 %(code)s：对方愿意互留联系方式，请您决定。"))
register("task_contact_open", N_("对接任务 %(code)s：双方都同意，联系方式已互相可见。"))
register("task_rate", N_("对接任务 %(code)s 已办结，请打个满意度分。"))
register("task_follow_up", N_("对接任务 %(code)s 该做第 %(month)s 个月的回访了。"))
SIDES = {"company": N_("企业"), "researcher": N_("学校团队"), "broker": N_("经纪人")}
SCORES = {5: N_("很满意"), 4: N_("满意"), 3: N_("一般"), 2: N_("不满意"), 1: N_("很不满意")}
FEED_NAME = N_("榫卯对接日历")
FEED_DUE = N_("%(code)s 期限：%(step)s")
FEED_OTHER = N_("%(code)s %(what)s")
FEED_MEETING = N_("%(code)s 见面")
FEED_MEETING_OPEN = N_("%(code)s 见面（待答复）")
WAITS = {
    "meeting": N_("答复见面提议"),
    "contact": N_("决定互留联系方式"),
    "rate": N_("给满意度打分"),
}
