"""Arrow columns as canonical JSON text (decision 13): one text per value, joined into one object per row.

int64 as bare digits, decimal as a string that keeps its scale, NaN and infinities as strings, binary as hex,
uuid as text, dates and times in ISO form (timestamptz ends in Z), a map as a sorted list of [key, value] pairs.
"""

import json
import math
import uuid
from decimal import Decimal

import pyarrow as pa

UNITS = {"s": (1, 0), "ms": (1_000, 3), "us": (1_000_000, 6), "ns": (1_000_000_000, 9)}


def rows(table):
    """Yields one canonical JSON object per row of an Arrow table, keys in column order."""
    names = [json.dumps(name, ensure_ascii=False) for name in table.column_names]
    for batch in table.to_batches():
        columns = [texts(column) for column in batch.columns]
        for at in range(batch.num_rows):
            yield "{" + ",".join(f"{n}:{c[at]}" for n, c in zip(names, columns)) + "}"


def texts(array):
    """The JSON texts of an Arrow array, `null` where a value is missing."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        if str(kind.extension_name) == "arrow.uuid":
            return [json.dumps(str(uuid.UUID(bytes=v))) if v is not None else "null" for v in array.storage.to_pylist()]
        return texts(array.storage)
    if pa.types.is_dictionary(kind):
        return texts(array.dictionary_decode())
    if pa.types.is_struct(kind):
        return struct_texts(array)
    if pa.types.is_map(kind):
        return map_texts(array)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return list_texts(array)
    to_text = converter(kind)
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        array = array.cast(pa.int32())
    elif pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_date64(kind):
        array = array.cast(pa.int64())
    return [to_text(v) if v is not None else "null" for v in array.to_pylist()]


def converter(kind):
    """The function that prints one non-null value of a flat Arrow type."""
    if pa.types.is_boolean(kind):
        return lambda v: "true" if v else "false"
    if pa.types.is_integer(kind):
        return str
    if pa.types.is_floating(kind):
        return float_text
    if pa.types.is_decimal(kind):
        return lambda v: json.dumps(format(v if isinstance(v, Decimal) else Decimal(v), "f"))
    if pa.types.is_date32(kind):
        return lambda v: json.dumps(date_text(v))
    if pa.types.is_date64(kind):
        return lambda v: json.dumps(date_text(v // 86_400_000))
    if pa.types.is_time(kind):
        return lambda v: json.dumps(time_text(v, kind.unit))
    if pa.types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        return lambda v: json.dumps(timestamp_text(v, kind.unit) + zone)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return lambda v: json.dumps(v, ensure_ascii=False)
    if pa.types.is_null(kind):
        return lambda v: "null"
    if (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    ):
        return lambda v: json.dumps(v.hex())
    raise NotImplementedError(f"no canonical form for Arrow type {kind}")


def struct_texts(array):
    names = [json.dumps(field.name, ensure_ascii=False) for field in array.type]
    # flatten() pushes the parent's nulls down, so children line up with the parent even in a sliced array
    columns = [texts(child) for child in array.flatten()]
    out = []
    for at, valid in enumerate(array.is_valid().to_pylist()):
        body = ",".join(f"{n}:{c[at]}" for n, c in zip(names, columns))
        out.append("{" + body + "}" if valid else "null")
    return out


def list_texts(array):
    values = texts(array.flatten())
    out, start = [], 0
    for length in (len(v) if v is not None else None for v in array.to_pylist()):
        if length is None:
            out.append("null")
            continue
        out.append("[" + ",".join(values[start : start + length]) + "]")
        start += length
    return out


def map_texts(array):
    out = []
    key_kind, item_kind = array.type.key_type, array.type.item_type
    for pairs in array.to_pylist():
        if pairs is None:
            out.append("null")
            continue
        keys = texts(pa.array([k for k, _ in pairs], type=key_kind))
        items = texts(pa.array([v for _, v in pairs], type=item_kind))
        out.append("[" + ",".join(f"[{k},{v}]" for k, v in sorted(zip(keys, items))) + "]")
    return out


def float_text(value):
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return repr(value)


def date_text(days):
    """ISO date of a day number, proleptic Gregorian, for any year (Python's own stops at 9999)."""
    z = days + 719_468
    era, doe = divmod(z, 146_097)
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    day = doy - (153 * mp + 2) // 5 + 1
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (1 if month <= 2 else 0)
    shown = f"{year:04d}" if 0 <= year <= 9999 else f"{'-' if year < 0 else '+'}{abs(year):06d}"
    return f"{shown}-{month:02d}-{day:02d}"


def time_text(value, unit):
    per, digits = UNITS[unit]
    seconds, fraction = divmod(value, per)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction_text(fraction, digits)}"


def timestamp_text(value, unit):
    per, _ = UNITS[unit]
    days, rest = divmod(value, 86_400 * per)
    return f"{date_text(days)}T{time_text(rest, unit)}"


def fraction_text(fraction, digits):
    return f"{fraction:0{digits}d}".ljust(6, "0") if digits else "000000"


def days_of(text):
    """Day number of an ISO date written by `date_text`."""
    sign = -1 if text.startswith("-") else 1
    year, month, day = (int(part) for part in text.lstrip("+-").split("-"))
    year = sign * year - (1 if month <= 2 else 0)
    era, yoe = divmod(year, 400)
    doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719_468


def timestamp_units(text, unit="us"):
    """Units since the epoch of a canonical timestamp, zone letter or not."""
    per, digits = UNITS[unit]
    date, clock = text.rstrip("Z").split("T")
    hours, minutes, seconds = clock.split(":")
    whole, _, fraction = seconds.partition(".")
    fraction = int(fraction.ljust(digits, "0")[:digits] or 0)
    return (days_of(date) * 86_400 + int(hours) * 3600 + int(minutes) * 60 + int(whole)) * per + fraction
