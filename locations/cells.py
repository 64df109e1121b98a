"""Reading one cell as offices write it. Each function raises `CellFault` saying what to do."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import phonenumbers

from locations.place import Kind, Visibility
from nlu.vietnamese import normalise, unaccent

# Viet Nam, islands of the south-west included, in decimal degrees.
LATITUDES, LONGITUDES = (8.0, 23.5), (102.0, 110.0)
HERE = ZoneInfo("Asia/Ho_Chi_Minh")


class CellFault(ValueError):
    """A cell that cannot be read; the message (Vietnamese) says what to do."""


KINDS = {
    "dia chi tin cay": Kind.TRUSTED_ADDRESS, "nha tam lanh": Kind.SHELTER,
    "co so tam lanh": Kind.SHELTER, "tam lanh": Kind.SHELTER,
    "trung tam mot cua": Kind.ONE_STOP_CENTRE, "mot cua": Kind.ONE_STOP_CENTRE,
    "trung tam dich vu mot cua": Kind.ONE_STOP_CENTRE, "co quan nhan tin bao": Kind.AUTHORITY,
    "co quan": Kind.AUTHORITY, "cong an": Kind.AUTHORITY, "uy ban": Kind.AUTHORITY,
    "ubnd": Kind.AUTHORITY, "y te": Kind.HEALTH, "co so y te": Kind.HEALTH,
    "benh vien": Kind.HEALTH, "tram y te": Kind.HEALTH, "tro giup phap ly": Kind.LEGAL_AID,
}  # fmt: skip
KIND_NAMES = {
    Kind.TRUSTED_ADDRESS: "Địa chỉ tin cậy", Kind.SHELTER: "Nhà tạm lánh",
    Kind.ONE_STOP_CENTRE: "Trung tâm một cửa", Kind.AUTHORITY: "Cơ quan nhận tin báo",
    Kind.HEALTH: "Cơ sở y tế", Kind.LEGAL_AID: "Trợ giúp pháp lý",
}  # fmt: skip
SHOWN = {
    Visibility.PUBLIC: "Công khai", Visibility.PHONE_ONLY: "Chỉ qua điện thoại",
    Visibility.HIDDEN: "Ẩn",
}  # fmt: skip
WHO = {
    "women": "phụ nữ", "children": "trẻ em", "men": "nam giới", "elders": "người cao tuổi",
    "foreigners": "người nước ngoài",
}  # fmt: skip
_WHO_WORDS = {
    "phu nu": "women", "nu": "women", "tre em": "children", "tre em gai": "children",
    "tre": "children", "nam gioi": "men", "nam": "men", "dan ong": "men",
    "nguoi cao tuoi": "elders", "nguoi gia": "elders", "nguoi nuoc ngoai": "foreigners",
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, without accents, white space folded: how headers and names are compared."""
    return " ".join(unaccent(normalise(text)).lower().split())


def kind(text: str) -> str:
    """A kind of place from its Vietnamese or English name."""
    said = plain(text)
    if said in {k.value for k in Kind}:
        return said
    if said not in KINDS:
        raise CellFault("chọn một trong: " + ", ".join(KIND_NAMES.values()))
    return KINDS[said].value


def visibility(text: str) -> str:
    """How a place may be told."""
    names = {plain(v): k.value for k, v in SHOWN.items()} | {v.value: v.value for v in Visibility}
    if plain(text) not in names:
        raise CellFault("chọn một trong: " + ", ".join(SHOWN.values()))
    return names[plain(text)]


def takes_in(text: str) -> list[str]:
    """Whom a place takes in, in a fixed order; "mọi người" is everybody."""
    said = plain(text)
    if not said:
        return []
    if said in ("moi nguoi", "tat ca"):
        return list(WHO)
    parts = [p.strip() for p in re.split(r"[,;/+]|\bva\b", said) if p.strip()]
    unknown = [p for p in parts if p not in _WHO_WORDS]
    if unknown:
        raise CellFault("ghi các nhóm, cách nhau bằng dấu phẩy: " + ", ".join(WHO.values()))
    found = {_WHO_WORDS[p] for p in parts}
    return [w for w in WHO if w in found]


def phones(text: str) -> list[str]:
    """Phone numbers in any spelling as E.164 (``+84296…``); short numbers (``113``) stay."""
    found: list[str] = []
    for part in re.split(r"[;,/\n]|\s-\s|\bhoac\b|\bvà\b|\bhoặc\b", text):
        digits = re.sub(r"[^\d+]", "", part)
        if not digits:
            if part.strip():
                raise CellFault(f"«{part.strip()}» không có chữ số: ghi số điện thoại")
            continue
        found.append(_phone(part, digits))
    return list(dict.fromkeys(found))


def _phone(part: str, digits: str) -> str:
    if re.fullmatch(r"11\d", digits):
        return digits
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException:
        raise CellFault(f"«{part.strip()}» không phải số điện thoại") from None
    if not phonenumbers.is_possible_number(number) or not (
        phonenumbers.is_valid_number(number) or re.fullmatch(r"1[89]00\d{4,6}", digits)
    ):
        raise CellFault(f"«{part.strip()}» không đúng số điện thoại ở Việt Nam: xem lại đầu số")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialled(phone: str) -> str:
    """A stored number as people in Viet Nam see and dial it."""
    if not phone.startswith("+"):
        return phone
    number = phonenumbers.parse(phone)
    if number.country_code != 84:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.national_significant_number(number)
    if re.match(r"1[89]00", national):
        return f"{national[:4]} {national[4:]}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in decimal degrees, from decimals, degrees or a pasted map link."""
    said = text.strip()
    if not said:
        return None
    found = _from_link(said) or _from_degrees(said) or _from_decimals(said)
    if found is None:
        raise CellFault("ghi «vĩ độ, kinh độ» như 10.3759, 105.4185, hoặc dán liên kết bản đồ")
    lat, lon = found
    if LATITUDES[0] <= lon <= LATITUDES[1] and LONGITUDES[0] <= lat <= LONGITUDES[1]:
        raise CellFault("vĩ độ và kinh độ bị đảo: ghi vĩ độ (khoảng 10) trước, kinh độ (105) sau")
    if not (LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]):
        raise CellFault("toạ độ nằm ngoài Việt Nam: xem lại dấu chấm và thứ tự")
    return round(lat, 6), round(lon, 6)


def _from_link(said: str) -> tuple[float, float] | None:
    if "://" not in said:
        return None
    n = r"(-?\d{1,3}\.\d+)"
    patterns = (
        rf"!3d{n}!4d{n}", rf"@{n},{n}", rf"[?&](?:q|query|ll|destination)=(?:loc:)?{n}(?:,|%2C){n}",
        rf"mlat={n}&mlon={n}", rf"#map=\d+/{n}/{n}",
    )  # fmt: skip
    for pattern in patterns:
        if got := re.search(pattern, said):
            return float(got.group(1)), float(got.group(2))
    return None


def _from_degrees(said: str) -> tuple[float, float] | None:
    parts = re.findall(
        r"(\d{1,3})\s*°\s*(\d{1,2}(?:[.,]\d+)?)?\s*['′’]?\s*(\d{1,2}(?:[.,]\d+)?)?\s*[\"″”]?"
        r"\s*([NBE ĐDWS])?",
        said.upper(),
    )
    if len(parts) != 2 or "°" not in said:
        return None
    values = [
        int(d)
        + float((m or "0").replace(",", ".")) / 60
        + float((s or "0").replace(",", ".")) / 3600
        for d, m, s, _ in parts
    ]
    return values[0], values[1]


def _from_decimals(said: str) -> tuple[float, float] | None:
    got = re.fullmatch(r"(-?\d{1,3}[.,]\d+)\s*[;, ]\s*(-?\d{1,3}[.,]\d+)", said)
    if got is None:
        return None
    return float(got.group(1).replace(",", ".")), float(got.group(2).replace(",", "."))


def day(text: str) -> date | None:
    """A date written ``23/11/2026`` or ``2026-11-23``; never one to come."""
    said = text.strip()
    if not said:
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S"):
        try:
            found = datetime.strptime(said, form).date()
        except ValueError:
            continue
        if found > datetime.now(HERE).date():
            raise CellFault("ngày kiểm tra ở tương lai: ghi ngày đã gọi để kiểm tra")
        return found
    raise CellFault("ghi ngày như 23/11/2026")


def yes(text: str) -> bool:
    """Whether a tick-box cell is ticked: anything but empty, ``không``, ``0``, ``no``."""
    return plain(text) not in ("", "khong", "0", "no", "false", "-")


def short(text: str, most: int) -> str:
    """Text of at most `most` characters, white space folded."""
    said = " ".join(text.split())
    if len(said) > most:
        raise CellFault(f"dài quá {most} chữ: viết ngắn lại")
    return said
