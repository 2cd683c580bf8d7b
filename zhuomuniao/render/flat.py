"""A report as the plain values of ``--json`` (cli.md, “What is handed in”)."""

from __future__ import annotations

from zhuomuniao.reports.tables import Report


def report_summary(report: Report) -> dict[str, object]:
    """Period, counts, rates, checks and rows; the caller adds the files it wrote."""
    return {
        "period": report.period,
        "counts": dict(report.counts),
        "rates": {
            name: {
                "value": rate.value,
                "numerator": rate.numerator,
                "denominator": rate.denominator,
                "definition": rate.definition,
            }
            for name, rate in report.rates.items()
        },
        "checks": [{"identity": check.identity, "holds": check.holds} for check in report.checks],
        "rows": report.rows,
    }
