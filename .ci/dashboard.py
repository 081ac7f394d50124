"""Helps .ci/dashboard.

usage: dashboard.py types DASHBOARD FOLDER    writes a TypeScript project that holds the dashboard against Grafana's types
       dashboard.py queries DASHBOARD URL     asks a Prometheus every query of the dashboard; fails for one without an answer
"""

import json
import pathlib
import sys
import urllib.parse
import urllib.request

# Enumerations of the types are texts in JSON.
PLAIN = "type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;\n"
COMPOSABLE = "./node_modules/@grafana/schema/dist/types/raw/composable/{}/panelcfg/x/types.gen.d.ts"


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def types(file, folder):
    dashboard = json.loads(pathlib.Path(file).read_text())
    kinds = sorted({panel["type"] for panel in panels(dashboard)})
    lines = ["import type { Dashboard } from '@grafana/schema';\n"]
    lines += [f"import type * as {kind} from '{COMPOSABLE.format(kind)}';\n" for kind in kinds]
    lines += [PLAIN, f"export const dashboard: Dashboard = {json.dumps(dashboard)};\n"]
    for panel in panels(dashboard):
        written = f"Plain<Partial<{panel['type']}.Options>>"
        lines.append(f"export const options{panel['id']}: {written} = {json.dumps(panel['options'])};\n")
        custom = panel["fieldConfig"]["defaults"].get("custom")
        if custom:
            written = f"Plain<Partial<{panel['type']}.FieldConfig>>"
            lines.append(f"export const custom{panel['id']}: {written} = {json.dumps(custom)};\n")
    folder = pathlib.Path(folder)
    (folder / "dashboard.mts").write_text("".join(lines))
    options = {"strict": True, "noEmit": True, "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022"}
    options |= {"skipLibCheck": True, "types": [], "allowArbitraryExtensions": True}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["dashboard.mts"]}))


def ask(url, path, **parameters):
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(parameters)}", timeout=20) as answer:
        return json.load(answer)["data"]


def queries(file, url):
    dashboard = json.loads(pathlib.Path(file).read_text())
    organizations = ask(url, "/api/v1/label/organization/values", **{"match[]": "copilot_figure_points"})
    assert organizations, "the variable has no organization"
    asked, silent = 0, []
    for chosen in [".*", organizations[0]]:
        for panel in panels(dashboard):
            for target in panel["targets"]:
                query = target["expr"].replace("$organization", chosen)
                asked += 1
                if not ask(url, "/api/v1/query", query=query)["result"]:
                    silent.append(f"{panel['title']}: {query}")
    if silent:
        sys.exit("without an answer:\n" + "\n".join(silent))
    print(f"{asked} queries of {file} have an answer, for all organizations and for {organizations[0]}")


{"types": types, "queries": queries}[sys.argv[1]](*sys.argv[2:])
