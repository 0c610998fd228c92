"""The bill of a table is what AWS has metered for the stack."""

from datetime import UTC, datetime
from typing import Any

import pytest

from delay.planning.facts import Facts
from verification.table.bill import TableBill, count_table_bill

START, END = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 2))
METERED = {
    ("ConsumedWriteCapacityUnits", "TaskTable"): 4.0,
    ("ConsumedReadCapacityUnits", "TaskTable"): 1.5,
    ("NumberOfMessagesSent", "TaskQueue"): 10.0,
    ("NumberOfMessagesReceived", "TaskQueue"): 11.0,
    ("NumberOfMessagesDeleted", "TaskQueue"): 10.0,
    ("NumberOfEmptyReceives", "TaskQueue"): 100.0,
    ("Invocations", "TableCallFunction"): 3.0,
    ("Duration", "TableCallFunction"): 8000.0,
    ("Invocations", "TableDrainFunction"): 1.0,
    ("Duration", "TableDrainFunction"): 4000.0,
}


class FakeAws:
    """A fake of CloudFormation, CloudWatch and Lambda."""

    def client(self, service: str) -> Any:
        """Return a client."""
        assert service in {"cloudwatch", "lambda"}
        return self

    def find_resource(self, logical_id: str) -> str:
        """Return a physical ID; a queue's is its URL."""
        return f"https://sqs/1/{logical_id}" if logical_id.endswith("Queue") else logical_id

    def get_function_configuration(self, FunctionName: str) -> dict[str, int]:  # noqa: N803 - boto3's own
        """Return the memory of a function."""
        assert FunctionName.endswith("Function")
        return {"MemorySize": 256}

    def get_paginator(self, operation: str) -> "FakeAws":
        """Return the paginator of metrics."""
        assert operation == "get_metric_data"
        return self

    def paginate(self, MetricDataQueries: Any, StartTime: Any, EndTime: Any) -> list[Any]:  # noqa: N803 - boto3's own
        """Return each sum in two parts, on two pages."""
        assert (StartTime, EndTime) == (START, END)
        results = []
        for query in MetricDataQueries:
            metric = query["MetricStat"]["Metric"]
            (dimension,) = metric["Dimensions"]
            value = METERED.get((metric["MetricName"], dimension["Value"]))
            results.append({"Id": query["Id"], "Values": [value / 2] if value else []})
        return [{"MetricDataResults": results}] * 2


def test_bill_adds_up_what_was_metered() -> None:
    """A function that was not called has no values."""
    aws: Any = FakeAws()
    assert count_table_bill(aws, aws.client, START, END) == TableBill(
        write_units=4, read_units=1.5, requests=131, calls=4, gb_seconds=3
    )


def test_bill_has_the_prices_of_the_plan() -> None:
    """Four writes, half a read and the calls of a batch of ten, a million times."""
    bill = TableBill(write_units=4e6, read_units=0.5e6, requests=0.3e6, calls=0.1e6, gb_seconds=0.01e6)
    assert bill.usd(Facts.load("us-east-1")) == pytest.approx(2.5 + 0.0625 + 0.12 + 0.02 + 0.16667, abs=1e-4)


def test_bill_names_the_costs_it_omits() -> None:
    """The bill is not an invoice."""
    bill = TableBill(write_units=4000, read_units=500, requests=300, calls=100, gb_seconds=10)
    counted, missing = bill.lines(Facts.load("us-east-1"))
    assert counted.startswith("The table: 4,000 write units, 500 read units, at most 300 requests")
    assert missing.startswith("Not counted")
