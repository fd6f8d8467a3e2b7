#!/usr/bin/env python3
"""Scores deals with a portable model, with nothing but Python's own library: a reference to read and to test against.

    python3 models/portable_score.py model.json deals.csv > scores.csv

model.json comes from `forecast models portable`, deals.csv from `forecast export snapshots` or from a warehouse that
makes the same columns: opportunity_id, as_of (a day, or an instant in UTC), stage, and one column per feature. Written
are opportunity_id, as_of, win_probability, and won_within_<days> for each of --within. models/README.md tells the
arithmetic; it is that of the engine to the last rounding but one.
"""
import argparse
import csv
import datetime
import json
import math
import struct
import sys

TICKS = 864_000_000_000  # of 100 ns in a day
LEAST_LEFT = 0.01        # survival of a cell in which all would close
LEAST_PACE = 1e-3
FIRST_YEAR, LAST_YEAR = 1980, 2080


def single(value):
    """The value as the trees saw it: a 32-bit float."""
    return struct.unpack("f", struct.pack("f", value))[0]


def day_number(ticks):
    return ticks // TICKS


def date_of(day):
    return datetime.date.fromordinal(day + 1)


def instant(text):
    """Ticks since the year 1 of an instant in UTC; a day means its end."""
    day = datetime.date.fromisoformat(text[:10]).toordinal() - 1
    if len(text) == 10:
        return (day + 1) * TICKS - 1
    clock = text[11:].removesuffix("Z").removesuffix("+00:00")
    if any(sign in clock for sign in "+-"):
        raise ValueError(f"as_of: found {text}; expected a day or an instant in UTC.")
    whole, _, fraction = clock.partition(".")
    hours, minutes, seconds = (int(part) for part in whole.split(":"))
    return day * TICKS + ((hours * 60 + minutes) * 60 + seconds) * 10_000_000 + int(fraction.ljust(7, "0")[:7] or 0)


def days_to_quarter_end(date):
    month = (date.month - 1) // 3 * 3 + 3
    year, month = (date.year, month + 1) if month < 12 else (date.year + 1, 1)
    return (datetime.date(year, month, 1) - date).days - 1


def days_to_month_end(date):
    year, month = (date.year, date.month + 1) if date.month < 12 else (date.year + 1, 1)
    return (datetime.date(year, month, 1) - date).days - 1


class Pace:
    """How fast deals close on each day of the calendar; without factors every day counts as 1."""

    def __init__(self, factors):
        self.first = datetime.date(FIRST_YEAR, 1, 1).toordinal() - 1
        self.elapsed = None
        if factors is None:
            return
        self.elapsed = [0.0]
        for day in range(self.first, datetime.date(LAST_YEAR, 1, 1).toordinal() - 1):
            date = date_of(day)
            self.elapsed.append(self.elapsed[-1] + factors["weekdays"][date.weekday()] * factors["places"][self.place(date)])

    @staticmethod
    def place(date):
        left = days_to_quarter_end(date)
        if left < 21:
            return left // 7
        if days_to_month_end(date) < 7:
            return 3
        gone = (date - datetime.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)).days
        return 4 if gone < 7 else 5 if gone < 21 else 6

    def at(self, ticks):
        days = float(ticks) / TICKS - self.first
        if days < 0:
            return days
        if days >= len(self.elapsed) - 1:
            return self.elapsed[-1] + days - (len(self.elapsed) - 1)
        day = int(days)
        return self.elapsed[day] + (days - day) * (self.elapsed[day + 1] - self.elapsed[day])

    def mean(self, start, end, days):
        if self.elapsed is None:
            return 1.0
        return single(max(LEAST_PACE, (self.at(end) - self.at(start)) / days))

    def share(self, start, moment, end):
        whole = 0 if self.elapsed is None else self.at(end) - self.at(start)
        if whole <= 0:
            return (moment - start) / (end - start)
        return min(max((self.at(moment) - self.at(start)) / whole, 0.0), 1.0)


def workdays(start, end):
    """Monday to Friday between two instants, in days: all, and the shares in the last weeks of quarters and months."""
    everything = quarter_week = quarter_weeks = month_week = 0.0
    at = start
    while at < end:
        day = day_number(at)
        following = min((day + 1) * TICKS, end)
        date = date_of(day)
        if date.weekday() < 5:
            share = (following - at) / TICKS
            everything += share
            left = days_to_quarter_end(date)
            quarter_week += share if left < 7 else 0
            quarter_weeks += share if left < 21 else 0
            month_week += share if days_to_month_end(date) < 7 else 0
        at = following
    return [everything] + [part / everything if everything > 0 else 0 for part in (quarter_week, quarter_weeks, month_week)]


class Model:
    def __init__(self, contents):
        if contents.get("format") != "forecastengine-portable-model" or contents.get("formatVersion") not in (1, 2, 3, 4, 5):
            raise ValueError(f"model: found format {contents.get('format')} {contents.get('formatVersion')}; expected forecastengine-portable-model 1 to 5.")
        self.contents = contents
        self.edges = contents["edges"]
        self.cells = len(self.edges) - 1
        self.names = [column["name"] for column in contents["columns"]]
        self.pace = {cause: Pace(contents[cause]["pace"]) for cause in ("won", "lost")}
        for part in ("won", "lost", "outcome"):
            for tree in (contents.get(part) or {}).get("trees") or []:
                tree["thresholds"] = [single(threshold) for threshold in tree["thresholds"]]
        self.calendars = {}

    def calendar(self, as_of):
        """The columns of time ahead that depend on the date alone, one list per cell; None stands for those of the deal."""
        if as_of not in self.calendars:
            rows = []
            for start, end in zip(self.edges, self.edges[1:]):
                begin, finish = as_of + int(start * TICKS), as_of + int(end * TICKS)
                middle = date_of(day_number(as_of + int((start + end) / 2 * TICKS)))
                days = workdays(begin, finish)
                rows.append([single(v) for v in (start, middle.month if self.contents["hasSeasons"] else 0, days_to_quarter_end(middle), days[0] / (end - start), *days[1:])]
                            + [None, None] + [self.pace[cause].mean(begin, finish, end - start) for cause in ("won", "lost")])
            self.calendars[as_of] = ([list(column) for column in zip(*rows)], {})
        return self.calendars[as_of]

    def ahead(self, as_of, values):
        columns, masks = self.calendar(as_of)
        columns = list(columns)
        age = values[self.names.index("age_days")]
        is_known = "days_to_planned_close" in self.names and not values[self.names.index("planned_close_missing")] > 0.5
        planned = values[self.names.index("days_to_planned_close")] if is_known else None
        cells = list(zip(self.edges, self.edges[1:]))
        columns[7] = [single(age + start) for start, _ in cells]
        columns[8] = [single(planned - (start + end) / 2) if is_known else 0.0 for start, end in cells]
        return columns, masks

    def tree_scores(self, part, values, columns, masks):
        """The trees' sum in every cell; a tree is walked once, with the set of cells that still go together as bits."""
        scores = [0.0] * self.cells
        own = {}

        def at_most(column, threshold):
            known = own if column in (7, 8) else masks
            found = known.get((column, threshold))
            if found is None:
                found = known[(column, threshold)] = sum(1 << k for k, value in enumerate(columns[column]) if value <= threshold)
            return found

        count, everything = len(values), (1 << self.cells) - 1
        for tree in self.contents[part]["trees"]:
            features, thresholds, left, right = tree["columns"], tree["thresholds"], tree["left"], tree["right"]
            stack = [(0 if features else ~0, everything)]
            while stack:
                node, cells = stack.pop()
                while node >= 0:
                    feature, threshold = features[node], thresholds[node]
                    if feature < count:
                        node = left[node] if values[feature] <= threshold else right[node]
                        continue
                    below = cells & at_most(feature - count, threshold)
                    above = cells & ~below
                    if below and above:
                        stack.append((right[node], above))
                    node, cells = (left[node], below) if below else (right[node], above)
                leaf = tree["leaves"][~node]
                while cells:
                    lowest = cells & -cells
                    scores[lowest.bit_length() - 1] += leaf
                    cells ^= lowest
        return [score + self.contents[part]["bias"] for score in scores]

    @staticmethod
    def line(line, values):
        """How the deal's own columns move the log odds from which the trees depart."""
        if line is None:
            return 0.0
        return sum(b * (min(max(values[c], low), high) - mean) for c, b, mean, low, high in zip(line["columns"], line["coefficients"], line["means"], line["lows"], line["highs"]))

    def hazards(self, cause, stage, values, columns, masks):
        own = self.contents[cause]
        of = lambda table: table.get(stage) or table[""]
        pace = columns[9 if cause == "won" else 10]
        rates = [rate + (math.log(pace[k]) if own["pace"] else 0) for k, rate in enumerate(of(own["stageRates"])[:self.cells])]
        if own["trees"] is None:
            odds = rates
        else:
            kept = [0.0] * self.cells
            if own["controls"] is not None:
                line = self.line(own.get("line"), values)
                kept = [min(max(control + line + math.log(pace[k]), own["leastKept"]), 0.0) for k, control in enumerate(of(own["controls"])[:self.cells])]
            weight, scores = own["treeWeight"], self.tree_scores(cause, values, columns, masks)
            odds = [weight * (own["scale"] * scores[k] + (of(own["offsets"])[k] + kept[k])) + (1 - weight) * rates[k] for k in range(self.cells)]
        return [1 / (1 + math.exp(-(own["intercept"] + own["slope"] * z))) for z in odds]

    def part_anew(self, won, lost, values, columns, masks):
        """Which way closings go, where that was learned beside the hazards: the same closings, won and lost in other shares."""
        own = self.contents.get("outcome")
        if own is None:
            return won, lost
        levels = [1.0 if values[level["column"]] == level["level"] else 0.0 for level in own["levels"]]
        same = own["intercept"] + self.line(own["line"], values)
        for k, score in enumerate(self.tree_scores("outcome", values + levels, columns, masks)):
            both = min(1 - 1e-6, won[k] + lost[k])
            odds = (1 - own["weight"]) * math.log(won[k] / lost[k]) + own["weight"] * (same + own["scale"] * score)
            won[k], lost[k] = both / (1 + math.exp(-odds)), both / (1 + math.exp(odds))
        return won, lost

    def late(self, age):
        """The share of those open at the last edge that has closed so many days past it, for a deal that is so old today."""
        known = self.contents.get("late")
        if known is None:
            return lambda days: 1.0 if days > 0 else 0.0
        at = max((k for k, first in enumerate(known["ages"]) if first <= age + self.edges[-1]), default=0)
        return lambda days: 1 - math.exp(-known["perDay"][at] * min(max(days, 0), known["days"]))

    def score(self, as_of, stage, values, within=()):
        """P(won eventually) and P(won within so many days), 0-1."""
        columns, masks = self.ahead(as_of, values)
        if not stage and self.contents.get("ageBands"):
            stage = "age %d" % max((days for days in self.contents["ageBands"] if days <= values[self.names.index("age_days")]), default=0)
        won, lost = self.part_anew(*(self.hazards(cause, stage, values, columns, masks) for cause in ("won", "lost")), values, columns, masks)
        won = [h * math.exp(s) / (1 - h + h * math.exp(s)) for h, s in zip(won, self.contents["marketShift"])]
        survival, incidence = [1.0], [0.0]
        for k in range(self.cells):
            both = won[k] + lost[k]
            if both > 1:
                won[k], lost[k] = won[k] / both, lost[k] / both
            incidence.append(incidence[k] + survival[k] * won[k])
            survival.append(survival[k] * max(0.0, 1 - won[k] - lost[k]))
        tail = survival[-1] * self.contents["tailWinShare"]
        late = self.late(values[self.names.index("age_days")])
        answers = [incidence[-1] + tail * late(math.inf)]
        for days in within:
            k = next((k for k in range(self.cells) if days < self.edges[k + 1]), None)
            if k is None or days <= 0 or won[k] + lost[k] <= 0:
                answers.append(0.0 if days <= 0 else incidence[-1] + tail * late(days - self.edges[-1]) if k is None else incidence[k])
                continue
            share = self.pace["won"].share(*(as_of + int(d * TICKS) for d in (self.edges[k], days, self.edges[k + 1])))
            left = max(1 - won[k] - lost[k], LEAST_LEFT)
            answers.append(incidence[k] + survival[k] * won[k] * (1 - left ** share) / (1 - left))
        return answers


def main():
    parser = argparse.ArgumentParser(description="Scores deals with a portable model of ForecastEngine.")
    parser.add_argument("model", help="from: forecast models portable")
    parser.add_argument("deals", help="CSV with opportunity_id, as_of, stage and the model's columns")
    parser.add_argument("--within", default="", help="days, such as 30,90: P(won within them) as further columns")
    options = parser.parse_args()
    with open(options.model, encoding="utf-8") as file:
        model = Model(json.load(file))
    within = [float(days) for days in options.within.split(",") if days]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["opportunity_id", "as_of", "win_probability"] + [f"won_within_{days:g}" for days in within])
    with open(options.deals, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in ["opportunity_id", "as_of", "stage", *model.names] if name not in (reader.fieldnames or [])]
        if missing:
            sys.exit(f"{options.deals}: found no column {', '.join(missing)}; expected every column of the model. Export them: forecast export snapshots.")
        for deal in reader:
            values = [single(float(deal[name])) for name in model.names]
            writer.writerow([deal["opportunity_id"], deal["as_of"]] + [repr(p) for p in model.score(instant(deal["as_of"]), deal["stage"], values, within)])


if __name__ == "__main__":
    main()
