"""The cost of a table's tasks, by the units that AWS itself has metered for the stack."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from delay.planning.facts import Facts

if TYPE_CHECKING:
    from verification.removal import Clients
    from verification.stack import DeployedStack

_FUNCTIONS: Final = ("TableCallFunction", "TableDrainFunction", "TableSweepFunction")
_MEGABYTES_OF_A_GIGABYTE: Final = 1024
_PERIOD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class TableBill:
    """The usage of a table, its queue and its functions.

    `requests` is the most that SQS may bill: each message as a request of its own when it was sent, received
    and deleted, and each empty receive.
    """

    write_units: float
    read_units: float
    requests: float
    calls: float
    gb_seconds: float

    def usd(self, facts: Facts) -> float:
        """Return the cost in a Region without a free tier, in US dollars."""
        usage = {
            "table-write-unit": self.write_units,
            "table-read-unit": self.read_units,
            "sqs-request": self.requests,
            "lambda-request": self.calls,
            "lambda-gb-second": self.gb_seconds,
        }
        prices = {name: facts.price(name) for name in usage}
        return sum(number * prices[name].usd / prices[name].per for name, number in usage.items())

    def lines(self, facts: Facts) -> Iterator[str]:
        """Yield the lines of the report."""
        yield (
            f"The table: {self.write_units:,.0f} write units, {self.read_units:,.0f} read units, at most "
            f"{self.requests:,.0f} requests of its queue, {self.calls:,.0f} calls with "
            f"{self.gb_seconds:,.1f} GB-seconds: {self.usd(facts):.4f} USD, without the free tier."
        )
        yield "Not counted for the table: its storage and backup, logs and traces, the dead-letter queue."


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of CloudWatch, of one resource, of which the sum counts."""

    namespace: str
    name: str
    dimension: str
    resource: str

    def build_query(self, number: int) -> dict[str, Any]:
        """Return the query of GetMetricData for it."""
        metric = {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": self.dimension, "Value": self.resource}],
        }
        return {
            "Id": f"m{number}",
            "MetricStat": {"Metric": metric, "Period": _PERIOD_SECONDS, "Stat": "Sum"},
        }


def count_table_bill(stack: "DeployedStack", clients: "Clients", start: datetime, end: datetime) -> TableBill:
    """Read what AWS has metered from `start` to `end`. CloudWatch shows it some minutes later.

    Source: "DynamoDB Metrics and dimensions", "Available CloudWatch metrics for Amazon SQS" and "Types of
    metrics for Lambda functions".
    """
    functions = {stack.find_resource(name) for name in _FUNCTIONS}
    table = stack.find_resource("TaskTable")
    queue = stack.find_resource("TaskQueue").rpartition("/")[2]
    writes, reads = (_of_table(table, name) for name in ("Write", "Read"))
    messages = [_of_queue(queue, name) for name in ("MessagesSent", "MessagesReceived", "MessagesDeleted")]
    requests = [*messages, _of_queue(queue, "EmptyReceives")]
    calls = {name: _of_function(name, "Invocations") for name in functions}
    durations = {name: _of_function(name, "Duration") for name in functions}
    wanted = [writes, reads, *requests, *calls.values(), *durations.values()]
    sums = _sum_metrics(wanted, clients("cloudwatch"), start, end)
    return TableBill(
        write_units=sums[writes],
        read_units=sums[reads],
        requests=sum(sums[metric] for metric in requests),
        calls=sum(sums[metric] for metric in calls.values()),
        gb_seconds=sum(
            sums[metric] / 1000 * _find_gigabytes(name, clients) for name, metric in durations.items()
        ),
    )


def _of_table(table: str, kind: str) -> Metric:
    return Metric("AWS/DynamoDB", f"Consumed{kind}CapacityUnits", "TableName", table)


def _of_queue(queue: str, name: str) -> Metric:
    return Metric("AWS/SQS", f"NumberOf{name}", "QueueName", queue)


def _of_function(function: str, name: str) -> Metric:
    return Metric("AWS/Lambda", name, "FunctionName", function)


def _find_gigabytes(function: str, clients: "Clients") -> float:
    configuration = clients("lambda").get_function_configuration(FunctionName=function)
    return float(configuration["MemorySize"]) / _MEGABYTES_OF_A_GIGABYTE


def _sum_metrics(
    metrics: Iterable[Metric],
    cloudwatch: Any,  # noqa: ANN401 - boto3-stubs lack the service
    start: datetime,
    end: datetime,
) -> Mapping[Metric, float]:
    named = {f"m{number}": metric for number, metric in enumerate(metrics)}
    queries = [metric.build_query(number) for number, metric in enumerate(named.values())]
    sums = dict.fromkeys(named.values(), 0.0)
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=start, EndTime=end
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            sums[named[result["Id"]]] += sum(result["Values"])
    return sums
