"""What check-house and measure-house both read: functions of the sources, and
who needs whom among the object files of a built folder."""
import collections
import pathlib
import re
import subprocess

FUNCTION = re.compile(r"^(?P<name>[a-z_]\w*)\((?P<args>[^;{}]*)\)\n\{\n"
                      r"(?P<body>.*?)^\}", re.M | re.S)


def needs_of(build, root=None):
    """{object: {object it takes symbols from: one such symbol}}, by paths
    relative to the build, of the objects below its src/. What is left of
    sources that have gone from the root does not count."""
    owner, needs = {}, collections.defaultdict(set)
    objects = sorted(p.relative_to(build)
                     for p in pathlib.Path(build, "src").rglob("*.o"))
    if root:
        objects = [p for p in objects if any(
            pathlib.Path(top, p.with_suffix(".c")).is_file()
            for top in (root, build))]
    for path in objects:
        lines = subprocess.run(["nm", pathlib.Path(build, path)], check=True,
                               text=True, capture_output=True).stdout
        for line in lines.split("\n"):
            fields = line.split()
            if len(fields) < 2:
                continue
            if fields[-2] == "U":
                needs[path].add(fields[-1])
            elif fields[-2] in "TDRBGSC":
                owner[fields[-1]] = path
    return {o: {owner[s]: s for s in sorted(needs[o])
                if s in owner and owner[s] != o} for o in objects}


def circles(build, root=None):
    """Groups of object files that need one another."""
    return [sorted(c) for c in components(needs_of(build, root))
            if len(c) > 1]


def components(graph):
    """Strongly connected components, without recursion."""
    index, low, on, stack, out = {}, {}, set(), [], []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        while work:
            node, rest = work[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on.add(to)
                    work.append((to, iter(sorted(graph[to]))))
                    break
                if to in on:
                    low[node] = min(low[node], index[to])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == index[node]:
                    group = []
                    while True:
                        last = stack.pop()
                        on.discard(last)
                        group.append(last)
                        if last == node:
                            break
                    out.append(group)
    return out
