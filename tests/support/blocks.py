"""What a page of Markdown types: sections, and the commands in its blocks."""
import re


def section(page, title):
    """The text between that heading and the next one of its rank."""
    return re.search(r"^## %s\n(.*?)^## " % title, page, re.M | re.S).group(1)


def session(text):
    """The lines that begin with "$ ", and what is shown below each:
    [(line, output)]."""
    typed = []
    for line in re.findall(r"^    (.*)$", text, re.M):
        if line.startswith("$ "):
            typed.append([line[2:], ""])
        elif typed:
            typed[-1][1] += line
    return typed


def newcomer(page):
    """The session of the README's first sections: a secret is written and
    read, the vault is sealed for 30 s, and a client's back-off proved.
    [(script, output)]: exports hold for what follows."""
    typed = session(section(page, "Run it").partition("What the vault")[0] +
                    section(page, "Break it") + section(page, "Prove it"))
    exports = "".join(line + "\n" for line, _ in typed
                      if line.startswith("export "))
    return [(exports + line, shown) for line, shown in typed
            if not line.startswith("export ")]
