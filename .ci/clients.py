"""Works on a local catalog as an integration does, with the client of port-ocean, and checks every answer against its document.

usage: clients.py URL
"""

import asyncio
import json
import re
import sys

import httpx
from jsonschema import Draft202012Validator
from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.core.models import Entity

OPTIONS = {
    "merge": False,
    "create_missing_related_entities": True,
    "delete_dependent_entities": True,
    "validation_only": False,
}


class Document:
    """The catalog's OpenAPI document, and the answers that were held against it."""

    def __init__(self, document):
        self.document = document
        self.checked = []
        self.routes = []
        for path, operations in document["paths"].items():
            # A path without parameters is the better match.
            pattern = re.compile("^" + re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)) + "$")
            self.routes.append((path.count("{"), path, pattern, operations))
        self.routes.sort(key=lambda route: route[0])

    def check(self, method, path, status, body):
        found = next((route for route in self.routes if route[2].match(path) and method in route[3]), None)
        if found is None:
            raise SystemExit(f"{method} {path}: not in the document")
        responses = found[3][method]["responses"]
        response = responses.get(str(status)) or responses.get(f"{str(status)[0]}XX")
        if response is None:
            raise SystemExit(f"{method} {path}: answer {status} is not in the document")
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        schema = {"components": self.document["components"], **response["content"]["application/json"]["schema"]}
        for error in Draft202012Validator(schema).iter_errors(body):
            raise SystemExit(f"{method} {path} {status}: {error.json_path}: {error.message}")
        self.checked.append(f"{status} {method.upper():6} {found[1]}")


async def main(url):
    logger.remove()
    document = Document(httpx.get(f"{url}/openapi.json").json())
    client = PortClient(url, "any", "any", "outside", "github-copilot", "1.0.0")

    async def record(response):
        await response.aread()
        request = response.request
        document.check(request.method.lower(), request.url.path, response.status_code, json.loads(response.content))

    client.client.event_hooks = {"response": [record]}

    blueprint = {
        "identifier": "usage",
        "title": "Usage",
        "schema": {"properties": {"prompts": {"type": "number"}, "day": {"type": "string", "format": "date-time"}}, "required": []},
        "relations": {"team": {"target": "group", "required": False, "many": False}},
    }
    await client.create_blueprint({"identifier": "group", "title": "Group", "schema": {"properties": {}, "required": []}, "relations": {}})
    await client.create_blueprint(blueprint)
    await client.patch_blueprint("usage", {"title": "Use"})
    assert (await client.get_blueprint("usage")).title == "Use"

    await client.create_integration("github-copilot", {"type": "KAFKA"})
    await client.patch_integration(changelog_destination={"type": "POLLING"})
    assert (await client.get_current_integration())["installationId"] == "outside"
    await client.ingest_integration_logs([{"message": "hello", "level": "INFO", "timestamp": "2026-11-01T00:00:00Z"}])
    await client.ingest_integration_kind_examples("usage", [{"a": 1}])
    assert await client.get_org_id()

    def entity(number):
        return Entity(
            identifier=f"acme@{number}",
            blueprint="usage",
            title=None,
            team=[],
            properties={"prompts": number, "day": "2026-11-01T00:00:00Z"},
            relations={"team": "platform"},
        )

    ours = UserAgentType.exporter
    written = await client.batch_upsert_entities([entity(number) for number in range(50)], OPTIONS, ours)
    assert len(written) == 50
    found = await client.search_entities(ours)
    # The related team was created with the first of them.
    assert {one.identifier for one in found} == {f"acme@{number}" for number in range(50)} | {"platform"}, found
    await client.batch_delete_entities([entity(number) for number in range(10)], OPTIONS, ours)
    left = await client.search_entities(ours)
    assert len(left) == 41, len(left)
    wrong = entity(1)
    wrong.properties["prompts"] = "many"
    refused = await client.upsert_entity(wrong, OPTIONS, ours, should_raise=False)
    assert refused is None or refused.identifier == "acme@1"

    page = {"identifier": "use", "title": "Use", "type": "dashboard", "widgets": []}
    await client.create_page(page)
    await client.create_scorecard("usage", {"identifier": "level", "title": "Level", "rules": [], "levels": []})
    await client.create_action({"identifier": "do", "title": "Do", "trigger": {}, "invocationMethod": {}})
    await client.delete_page("use")
    migration = await client.delete_blueprint("usage", delete_entities=True, user_agent_type=ours)
    if migration:
        await client.wait_for_migration_to_complete(migration)

    # What the client does not call, plainly.
    headers = await client.auth.headers(ours)
    async with httpx.AsyncClient(base_url=url, headers=headers, event_hooks={"response": [record]}) as plain:
        await plain.post("/v1/pages", json=page)
        await plain.put("/v1/pages/use", json={**page, "title": "Other"})
        answer = await plain.patch("/v1/pages/use", json={"icon": "Github"})
        assert answer.json()["page"] == {**page, "title": "Other", "icon": "Github"}, answer.text
        for path in ["/v1/pages", "/v1/pages/use", "/v1/pages/gone", "/v1/blueprints", "/v1/actions", "/v1/integration",
                     "/v1/integration/provision-enabled", "/v1/integration/outside/logs", "/v1/integration/outside/cursor",
                     "/v1/integration/outside/resync-request", "/v1/integration/outside/kinds/usage/examples",
                     "/v1/blueprints/group/entities", "/v1/blueprints/group/entities-count", "/v1/blueprints/group/scorecards",
                     "/v1/blueprints/group/entities/platform", "/v1/blueprints/group/entities/nobody", "/openapi.json"]:
            await plain.get(path)
        await plain.post("/v1/blueprints/group/scorecards", json={"identifier": "a", "rules": []})
        await plain.put("/v1/blueprints/group/scorecards/a", json={"identifier": "a", "rules": [], "title": "A"})
        await plain.get("/v1/blueprints/group/scorecards/a")
        await plain.delete("/v1/blueprints/group/scorecards/a")
        bulk = [{"identifier": "one"}, {"identifier": "two", "properties": {"a": 1}}, {"identifier": ""}]
        await plain.post("/v1/blueprints/group/entities/bulk", json={"entities": bulk}, params={"upsert": "true"})
        await plain.post("/v1/blueprints/group/entities/search", json={"query": None, "limit": 1})
        await plain.patch("/v1/blueprints/group/entities/one", json={"title": "One"})
        await plain.put("/v1/blueprints/group/entities/one", json={"identifier": "one", "title": "Uno"})
        await plain.post("/v1/blueprints/group/bulk/entities/delete", json={"entities": ["one", "gone"]})
        owned = {"datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": "/outside/exporter"}
        await plain.post("/v1/blueprints/entities/datasource-entities", json=owned)
        await plain.delete("/v1/pages/use")
        await plain.delete("/v1/integration/outside")

    for line in sorted(set(document.checked)):
        print(f"{document.checked.count(line):4} {line}")
    print(f"{len(document.checked)} answers to port-ocean and to plain requests, all as the document says")


asyncio.run(main(sys.argv[1]))
