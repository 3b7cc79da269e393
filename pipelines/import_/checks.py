"""Checks of read values against the declaration: empty, out of range, rules, duplicates."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

from access import Action, Person
from i18n import Text
from layers import AdminLevel, FeatureType, Field, Kind, Remedy
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.headings import HeadingMap
from pipelines.import_.register import Register
from pipelines.import_.values import NUMERIC

_SAMPLE_KEYS = 1000


def check_required(
    frame: pd.DataFrame, feature: FeatureType, headings: HeadingMap, findings: Findings
) -> None:
    """Reject rows without a value in a required or key field."""
    for field in feature.fields:
        if field.required or field.name in feature.key:
            rows = np.flatnonzero(frame[field.name].isna().to_numpy(dtype=bool) & ~findings.rejected)
            check = Check.KEY_EMPTY if field.name in feature.key else Check.REQUIRED_EMPTY
            text = sentence(check, field=field.title)
            findings.rows(check, Remedy.REJECT, rows, text, column=_title(field, headings))


def check_ranges(
    frame: pd.DataFrame,
    feature: FeatureType,
    headings: HeadingMap,
    written: Callable[[int], pa.Array],
    findings: Findings,
) -> None:
    """Empty numbers outside their range (reject them if required), and warn of steps in the future.

    Parameters
    ----------
    written : the text of a column of the source, by its number.
    """
    for field in feature.fields:
        if field.kind in NUMERIC and (field.minimum is not None or field.maximum is not None):
            values = frame[field.name]
            low = -np.inf if field.minimum is None else field.minimum
            high = np.inf if field.maximum is None else field.maximum
            out = ((values < low) | (values > high)).to_numpy(dtype=bool)
            _out_of_range(frame, field, np.flatnonzero(out), headings, written, findings)
    if feature.states is not None:
        tomorrow = pd.Timestamp(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1))
        for name in feature.states.dates.values():
            field = feature.field(name)
            rows = np.flatnonzero((frame[name] > tomorrow).to_numpy(dtype=bool))
            text = sentence(Check.DATE_FUTURE, field=field.title)
            days = frame[name]
            findings.rows(
                Check.DATE_FUTURE,
                Remedy.WARN,
                rows,
                text,
                column=_title(field, headings),
                value=lambda i, rows=rows, days=days: days.iloc[rows[i]].date(),
            )


def _out_of_range(
    frame: pd.DataFrame,
    field: Field,
    rows: np.ndarray,
    headings: HeadingMap,
    written: Callable[[int], pa.Array],
    findings: Findings,
) -> None:
    matched = headings.of(field.name)
    if matched is None or not len(rows):
        return
    source = written(matched.column)
    low = "-∞" if field.minimum is None else f"{field.minimum:.15g}"
    high = "∞" if field.maximum is None else f"{field.maximum:.15g}"
    text = sentence(Check.OUT_OF_RANGE, field=field.title, low=low, high=high, unit=field.unit or "")
    findings.rows(
        Check.OUT_OF_RANGE,
        Remedy.REJECT if field.required else Remedy.WARN,
        rows,
        text,
        column=matched.heading,
        value=None if field.personal else lambda i: source[int(rows[i])].as_py(),
    )
    emptied = frame[field.name].to_numpy(copy=True)
    emptied[rows] = np.nan
    frame[field.name] = emptied


def apply_rules(
    frame: pd.DataFrame, feature: FeatureType, headings: HeadingMap, findings: Findings
) -> pd.DataFrame:
    """Apply the declaration's rules; returns the frame with repairs made."""
    for rule in feature.rules:
        broken = rule.broken(frame).fillna(False).to_numpy(dtype=bool) & ~findings.rejected
        if not broken.any():
            continue
        rows = np.flatnonzero(broken)
        before = frame[list(rule.columns)]
        personal = any(feature.field(c).personal for c in rule.columns if c != "admin_code")
        findings.rows(
            rule.id,
            rule.remedy,
            rows,
            rule.message,
            column="、".join(_rule_title(feature, name, headings) for name in rule.columns),
            value=None if personal else lambda i, rows=rows, before=before: _values(before.iloc[rows[i]]),
        )
        if rule.repair is not None:
            mended = rule.repair(frame)
            frame = frame.where(~pd.Series(broken, index=frame.index), mended, axis=0)
    return frame


def _values(row: pd.Series) -> str:
    return "、".join("-" if pd.isna(v) else str(v.date() if isinstance(v, pd.Timestamp) else v) for v in row)


def check_keys_elsewhere(
    frame: pd.DataFrame,
    held: "pd.Series[str]",
    feature: FeatureType,
    headings: HeadingMap,
    register: Register,
    findings: Findings,
) -> None:
    """Reject rows whose key belongs to a row of another county: each county numbers from 1 on.

    Parameters
    ----------
    held : ``admin_code`` of the stored row with that key, for the rows where it is of another county.
    """
    rows = held.index.to_numpy()
    personal = any(feature.field(k).personal for k in feature.key)
    titles = [feature.field(k).title for k in feature.key]
    title = Text("、".join(t.zh for t in titles), ", ".join(t.en for t in titles))

    def told(i: int) -> str:
        return " ".join(str(v) for v in frame.loc[rows[i], list(feature.key)])

    def message(i: int) -> Text:
        return sentence(
            Check.KEY_ELSEWHERE,
            field=title,
            value=Text("本行所填", "the same as here") if personal else told(i),
            unit=register.told(held.iloc[i]),
            county=frame["admin_code"].iloc[rows[i]][: AdminLevel.COUNTY.digits],
        )

    findings.rows(
        Check.KEY_ELSEWHERE,
        Remedy.REJECT,
        rows,
        message,
        column="、".join(_rule_title(feature, name, headings) for name in feature.key),
        value=None if personal else told,
    )


def check_scope(frame: pd.DataFrame, feature: FeatureType, person: Person, findings: Findings) -> None:
    """Rows of places where the person may not write are rejected, naming the place."""
    reached = person.prefixes(feature.id, Action.WRITE)
    codes = frame["admin_code"].fillna("").astype(str)
    outside = ~codes.str.startswith(reached) if reached else pd.Series(True, index=frame.index)
    rows = np.flatnonzero(outside.to_numpy() & ~findings.rejected)
    scope = "、".join(reached) or "—"
    findings.rows(
        Check.OUT_OF_SCOPE,
        Remedy.REJECT,
        rows,
        lambda i: sentence(Check.OUT_OF_SCOPE, scope=scope),
        column="行政区划",
        value=lambda i: str(codes.iloc[rows[i]]),
    )


def check_keys_of_others(
    theirs: "pd.Index[int]", feature: FeatureType, headings: HeadingMap, findings: Findings
) -> None:
    """Rows whose key a record outside the person's scope has are rejected, without saying whose it is."""
    column = "、".join(_rule_title(feature, name, headings) for name in feature.key)
    text = sentence(Check.KEY_OF_OTHERS, field=column)
    findings.rows(Check.KEY_OF_OTHERS, Remedy.REJECT, theirs.to_numpy(), text, column=column)


def check_duplicates(
    frame: pd.DataFrame, feature: FeatureType, headings: HeadingMap, findings: Findings
) -> None:
    """Of rows with the same key the first is kept; the later ones are rejected, naming its row."""
    usable = np.flatnonzero(~findings.rejected)
    keys = frame[list(feature.key)].iloc[usable]
    again = keys.duplicated(keep="first").to_numpy()
    if not again.any():
        return
    groups = keys.groupby(list(feature.key), sort=False, dropna=False).ngroup().to_numpy()
    first = np.zeros(groups.max() + 1, dtype=np.int64)
    first[groups[::-1]] = usable[::-1]
    rows = usable[again]
    firsts = findings.source_rows[first[groups[again]]]
    personal = any(feature.field(k).personal for k in feature.key if k != "admin_code")
    values = keys[again]
    findings.rows(
        Check.DUPLICATE_KEY,
        Remedy.REJECT,
        rows,
        lambda i: sentence(Check.DUPLICATE_KEY, first=int(firsts[i])),
        column="、".join(_rule_title(feature, name, headings) for name in feature.key),
        value=None if personal else lambda i: " ".join(str(v) for v in values.iloc[i]),
    )


def _title(field: Field, headings: HeadingMap) -> str:
    matched = headings.of(field.name)
    return matched.heading if matched else field.title.zh


def _rule_title(feature: FeatureType, name: str, headings: HeadingMap) -> str:
    matched = headings.of(name)
    if matched:
        return matched.heading
    return "行政区划" if name == "admin_code" else feature.field(name).title.zh


def empty_values(field: Field, count: int) -> pd.Series:
    """A column without values, typed as `columns.read_column` types it."""
    if field.kind in NUMERIC:
        return pd.Series(np.full(count, np.nan))
    if field.kind is Kind.DATE:
        return pd.Series(np.full(count, np.datetime64("NaT"), dtype="datetime64[s]"))
    return pd.Series(pd.array([None] * count, dtype="boolean" if field.kind is Kind.BOOLEAN else "str"))
