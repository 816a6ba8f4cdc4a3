"""Forms of accounts and organisations: widgets over the rules of fields.py, which alone say what is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from webapp.accounts.values import BADGES, CARRIER, FOUNDED, INTERESTS, ORGANISATION_KINDS, ROLE_KINDS, ROLES, SIZE_CLASSES
from webapp.core.pages import Form

Choices = Iterable[tuple[str, str]]


def named(names: Mapping[str, str], codes: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Choices in the reader's language."""
    return [(code, gettext(names[code])) for code in (names if codes is None else codes)]


class PersonForm(Form):
    """One's own name, telephone number and language."""

    name = StringField(_l("姓名"), [DataRequired(_l("请填姓名。")), Length(max=80)])
    phone = StringField(_l("电话"), [Length(max=40)], description=_l("不公开，只给正在进行的对接任务的双方看。"))
    language = SelectField(_l("邮件和通知用的语言"), choices=[("zh_CN", _l("中文")), ("en", "English")])


class OrganisationForm(Form):
    """An organisation; which fields are shown follows its kind."""

    kind = SelectField(_l("单位类型"))
    name = StringField(_l("单位全称"), [Length(max=120)], description=_l("与营业执照或登记证书一致。"))
    name_en = StringField(_l("英文名"), [Length(max=200)])
    uscc = StringField(_l("统一社会信用代码"), [Length(max=40)])
    industry_code = SelectField(_l("所属产业"))
    cluster_code = SelectField(_l("所在创新圈"))
    size_class = SelectField(_l("划型行业"), description=_l("按国家统计分类，用来判断是否中小微企业。"))
    staff = StringField(_l("从业人数"), [Length(max=20)])
    revenue_fen = StringField(_l("上年营业收入（万元）"), [Length(max=20)])
    assets_fen = StringField(_l("上年末资产总额（万元）"), [Length(max=20)])
    figures_year = StringField(_l("数据年份"), [Length(max=8)])
    controlled_by_large = BooleanField(_l("由大型企业控股或与大型企业同一集团"))
    badges = SelectMultipleField(_l("资质"))
    founded = StringField(_l("成立年份"), [Length(max=8)])
    address = StringField(_l("地址"), [Length(max=200)])
    website = StringField(_l("网址"), [Length(max=200)])
    products = StringField(_l("主要产品或服务"), [Length(max=400)])
    services = StringField(_l("能提供的服务"), [Length(max=400)], description=_l("用顿号隔开，例如：场地、融资对接、中试。"))
    faculties = TextAreaField(_l("院系"), description=_l("一行一个。"))
    summary = TextAreaField(_l("简介"), [Length(max=2000)])
    summary_en = TextAreaField(_l("英文简介"), [Length(max=4000)])
    version = HiddenField()

    def prepare(self, industries: Choices, clusters: Choices, carrier: bool = False) -> OrganisationForm:
        """Fill the choices; an answer that is not offered is refused by the field. Only whoever keeps carriers is offered one."""
        nothing = ("", gettext("请选择"))
        self.kind.choices = named(ORGANISATION_KINDS, (*FOUNDED, CARRIER) if carrier else FOUNDED)
        self.industry_code.choices = [nothing, *industries]
        self.cluster_code.choices = [nothing, *clusters]
        self.size_class.choices = [nothing, *named(SIZE_CLASSES)]
        self.badges.choices = named(BADGES)
        return self


class JoinForm(Form):
    """Ask to be let in."""

    role = SelectField(_l("以什么身份加入"))
    department = StringField(_l("部门或院系"), [Length(max=120)])
    note = TextAreaField(_l("给对方的留言"), [Length(max=400)], description=_l("写清您是谁，方便对方核对。"))

    def prepare(self, kind: str, roles: Iterable[str] | None = None) -> JoinForm:
        """Only roles of this kind of organisation."""
        self.role.choices = named(ROLES, roles or [role for role, home in ROLE_KINDS.items() if home == kind])
        return self


class InviteForm(JoinForm):
    """Invite somebody by mail."""

    email = StringField(_l("邮箱"), [DataRequired(_l("请填邮箱。")), Length(max=254)])
    note = None  # type: ignore[assignment]


class EvidenceForm(Form):
    """Ask to be verified, with evidence."""

    note = TextAreaField(_l("说明"), [Length(max=400)])
    files = MultipleFileField(_l("证明材料"), description=_l("营业执照、事业单位法人证书或授权书，PDF 或图片，最多 5 份。"))


class NoteForm(Form):
    """An answer with a reason."""

    note = TextAreaField(_l("说明"), [Length(max=400)])


class InterestForm(Form):
    """A broker's declared interest."""

    kind = SelectField(_l("关系"))
    organisation = SelectField(_l("单位"), coerce=int)
    other = SelectField(_l("另一个单位"), coerce=int, description=_l("只在“同时服务竞争双方”时填写。"))
    note = StringField(_l("说明"), [Length(max=400)])

    def prepare(self, organisations: list[tuple[int, str]]) -> InterestForm:
        """Fill the choices."""
        self.kind.choices = named(INTERESTS)
        self.organisation.choices = [(0, gettext("请选择")), *organisations]
        self.other.choices = [(0, gettext("不填")), *organisations]
        return self


class ExpertForm(Form):
    """A researcher's profile."""

    title = StringField(_l("职称"), [Length(max=80)])
    department = StringField(_l("院系"), [Length(max=120)])
    fields = SelectMultipleField(_l("研究领域"))
    keywords = StringField(_l("关键词"), [Length(max=400)], description=_l("用顿号隔开，最多 12 个。"))
    summary = TextAreaField(_l("研究什么，能帮企业解决什么问题"), [Length(max=2000)])
    shows_results = BooleanField(_l("列出我发布的公开成果"))
    consent = BooleanField(
        _l("我同意公开以上内容，供搜索和匹配时找到我"),
        description=_l("不公开邮箱和电话，联系经由技术经纪人。随时可以撤回，撤回后立即不再显示。"),
    )
    version = HiddenField()


class PhraseForm(Form):
    """Something that cannot be undone asks for a word to be typed."""

    sure = BooleanField(_l("我明白注销后不能恢复"), [DataRequired(_l("请先勾选。"))])
