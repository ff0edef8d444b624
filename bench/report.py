"""From cells to medians, tables and remarks."""

import statistics


def summarise(cells, metrics, servers, floors):
    out = {}
    for m in metrics:
        row = {}
        for s in servers:
            mine = [c for c in cells if c["metric"] == m.name and c["server"] == s.name]
            good = [c for c in mine if c.get("value") is not None and not c.get("bad")]
            if any(c.get("na") for c in mine):
                row[s.name] = {"na": mine[0]["na"]}
                continue
            use = good or [c for c in mine if c.get("value") is not None]
            if not use:
                row[s.name] = {"bad": sum((c.get("bad", []) for c in mine), []) or ["no figure"]}
                continue
            v = [c["value"] for c in use]
            e = {"median": statistics.median(v), "min": min(v), "max": max(v), "n": len(v),
                 "spread_pct": round((max(v) - min(v)) / statistics.median(v) * 100, 1)
                 if statistics.median(v) else None,
                 "failed_rounds": len(mine) - len(good)}
            for k in ("rate", "p50_us", "p99_us", "user_share", "foreign_pct", *m.extra):
                x = [c[k] for c in use if c.get(k) is not None]
                if x:
                    e[k] = statistics.median(x)
            if len(good) < len(mine):
                e["bad"] = sum((c.get("bad", []) for c in mine), [])
            if m.floor:
                e["floor_ratio"] = statistics.median(
                    c["value"] / floors[c["round"]][m.floor] for c in use)
            if m.lib and all(floors[c["round"]][m.lib] for c in use):
                e["lib_ratio"] = statistics.median(
                    c["value"] / floors[c["round"]][m.lib] for c in use)
            row[s.name] = e
        ranked = {k: v["median"] for k, v in row.items() if "median" in v and "bad" not in v}
        if ranked:
            best = min(ranked, key=ranked.get)
            out[m.name] = {"best": best, "servers": row}
        else:
            out[m.name] = {"best": None, "servers": row}
    return out


def fmt(v):
    if v is None:
        return "-"
    a = abs(v)
    return "%.0f" % v if a >= 1000 else "%.1f" % v if a >= 10 else "%.2f" % v


def grid(rows):
    w = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = []
    for k, r in enumerate(rows):
        lines.append("| " + " | ".join(
            x.ljust(w[i]) if i < 2 else x.rjust(w[i]) for i, x in enumerate(r)) + " |")
        if k == 0:
            lines.append("|" + "|".join(
                ("-" * (w[i] + 1) + (":" if i >= 2 else "-")) for i in range(len(w))) + "|")
    return "\n".join(lines)


def report(summary, metrics, servers, floors, candidate, verdicts, warn):
    names = [s.name for s in servers]
    txt = []
    head = ["metric", "unit"] + names + ([candidate + "/best peer"] if candidate else [])
    rows = [head]
    for m in metrics:
        sm = summary[m.name]
        r = [m.name, m.unit]
        for n in names:
            e = sm["servers"][n]
            if "na" in e:
                r.append("n/a")
            elif "median" not in e:
                r.append("FAILED")
            else:
                t = fmt(e["median"])
                if "bad" in e:
                    t = "!" + t
                elif n == sm["best"]:
                    t = "**%s**" % t
                if e["n"] > 1 and e["spread_pct"] is not None:
                    t += " ±%.0f%%" % (e["spread_pct"] / 2)
                r.append(t)
        if candidate:
            mine = sm["servers"][candidate]
            others = [e["median"] for n, e in sm["servers"].items()
                      if n != candidate and "median" in e and "bad" not in e]
            r.append("%.2f" % (mine["median"] / min(others))
                     if "median" in mine and "bad" not in mine and others else "-")
        rows.append(r)
        pad = [""] if candidate else []
        if m.floor:
            rows.append(["  x crypto floor", "ratio"] + [
                "%.2f" % sm["servers"][n]["floor_ratio"]
                if "floor_ratio" in sm["servers"][n] else "" for n in names] + pad)
        if m.lib:
            rows.append(["  x libssl in memory", "ratio"] + [
                "%.2f" % sm["servers"][n]["lib_ratio"]
                if "lib_ratio" in sm["servers"][n] else "" for n in names] + pad)
        for k, (label, unit) in m.extra.items():
            rows.append([label, unit] + [fmt(sm["servers"][n].get(k))
                                         if k in sm["servers"][n] else "" for n in names] + pad)
    txt.append("Server CPU per unit of work (less is better; ** best; ! not ranked, see below; "
               "± half the spread of the rounds)\n\n" + grid(rows))

    rows = [["metric", "figure"] + names]
    for m in metrics:
        sv = summary[m.name]["servers"]
        if not any("rate" in e for e in sv.values()):
            continue
        rows.append([m.name, "MB/s" if m.unit == "ms/GB" else "units/s"]
                    + [fmt(sv[n].get("rate")) for n in names])
        if any("p99_us" in e for e in sv.values()):
            rows.append(["", "p99 us"] + [fmt(sv[n].get("p99_us")) for n in names])
        rows.append(["", "user share"] + [fmt(sv[n].get("user_share")) for n in names])
    if len(rows) > 1:
        txt.append("Secondary: throughput and latency with the load on its own CPU, "
                   "and the share of user time\n\n" + grid(rows))

    if floors:
        keys = list(floors[0])
        txt.append("Floors of this machine (openssl speed; lib_*: tlsfloor; median): " + ", ".join(
            "%s %s" % (k, fmt(statistics.median(f[k] for f in floors))) for k in keys))
    na = ["- %s / %s: n/a, %s" % (m.name, n, e["na"]) for m in metrics
          for n, e in summary[m.name]["servers"].items() if "na" in e]
    bad = ["- %s / %s: %s" % (m.name, n, "; ".join(dict.fromkeys(e["bad"]))) for m in metrics
           for n, e in summary[m.name]["servers"].items() if "bad" in e]
    ver = ["- %s / %s: %s" % (n, k, v) for n, d in verdicts.items() for k, v in d.items()
           if v != "ok"]
    for title, lines in (("Not available", na), ("Not ranked or failed", bad),
                         ("Verification remarks", ver), ("Warnings", warn)):
        if lines:
            txt.append(title + ":\n" + "\n".join(lines))
    return "\n\n".join(txt)
