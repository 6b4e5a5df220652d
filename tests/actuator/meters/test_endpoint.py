"""The endpoints metrics and prometheus, over HTTP."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from tests.actuator.management_client import managed


async def test_metrics_lists_names_and_tells_one() -> None:
    """Spring Boot's shapes; 404 for a name that is none, 400 for a tag that is none."""
    async with managed(exposing="metrics") as (client, _):
        assert "process.uptime" in (await client.get("/metrics")).json()["names"]
        told = (await client.get("/metrics/jvm.memory.used", params=[("tag", "area:heap"), ("tag", "area:heap")])).json()
        assert ("jvm.memory.used", "bytes", []) == (told["name"], told["baseUnit"], told["availableTags"])
        assert ["VALUE"] == [each["statistic"] for each in told["measurements"]]
        assert 404 == (await client.get("/metrics/jvm.memory.used?tag=area:elsewhere")).status_code
        assert 404 == (await client.get("/metrics/none")).status_code
        assert 400 == (await client.get("/metrics/jvm.memory.used?tag=area")).status_code


async def test_prometheus_is_told_in_the_form_it_prefers() -> None:
    """The older one where it does not say; or only some of the names."""
    async with managed(exposing="prometheus") as (client, _):
        older = await client.get("/prometheus?includedNames=process_uptime_seconds,system_cpu_count")
        assert "text/plain;version=0.0.4;charset=utf-8" == older.headers["content-type"]
        assert ["process_uptime_seconds", "system_cpu_count"] == [
            line.split()[0] for line in older.text.splitlines() if not line.startswith("#")
        ]
        accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
        newer = await client.get("/prometheus", headers={"accept": accept})
        assert "application/openmetrics-text;version=1.0.0;charset=utf-8" == newer.headers["content-type"]
        assert "process_uptime_seconds" in {family.name for family in read_openmetrics(newer.text)}
