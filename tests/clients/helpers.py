#!/usr/bin/env python3
"""helpers.py BINARY LANGUAGE: the helper of clients/LANGUAGE by its own tests,
the form of its sources, and its package installed where nothing else of it is.
Closes with 'N passed, N failed'; without the language's tools nothing is run."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from suite import run, same  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY, LANGUAGE = os.path.abspath(sys.argv[1]), sys.argv[2]
HERE = ROOT / "clients" / LANGUAGE
KEPT = pathlib.Path(BINARY).parent / "test-kept" / ("client-" + LANGUAGE)
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("MOCKVAULT_", "VAULT_"))}


def call(*command, cwd=HERE, says="", env=None, program=BINARY):
    """What it printed; fails with that unless it ends with 0. The program is
    mockvault of MOCKVAULT_BIN."""
    around = {**ENV, **(env or {})}
    if program:
        around["MOCKVAULT_BIN"] = str(program)
    done = subprocess.run([str(w) for w in command], cwd=cwd, env=around,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)
    assert done.returncode == 0 and re.search(says, done.stdout), (
        "%s: %d\n%s" % (command, done.returncode, done.stdout[-8000:]))
    return done.stdout


def blocks(language):
    """Those of that language in the helper's README."""
    return re.findall(r"^```%s\n(.*?)^```" % language,
                      (HERE / "README.md").read_text(), re.M | re.S)


def block(language):
    found, = blocks(language)
    return found


class folder:
    """An empty folder for the length of a with block."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="helper-"))
        return self.path

    def __exit__(self, *error):
        shutil.rmtree(self.path, ignore_errors=True)


def version():
    return re.search(r"^AC_INIT\(\[mockvault\], \[(.*)\]\)",
                     (ROOT / "configure.ac").read_text(), re.M)[1]


# ---- Go ----

def go_form():
    same(call("gofmt", "-l", "."), "")
    call("go", "vet", "./...")


def go_tests():
    call("go", "test", "-race", "-count=1", "./...", says="(?m)^ok")


def go_module():
    """The README's test, in a module that names this one."""
    with folder() as path:
        (path / "app_test.go").write_text(block("go"))
        versions = (HERE / "go.mod").read_text()
        (path / "go.mod").write_text(re.sub(
            r"^module .*", "module app\n\nrequire mockvault.test/mockvault "
            "v0.0.0\n\nreplace mockvault.test/mockvault => %s" % HERE,
            versions, flags=re.M))
        shutil.copy(HERE / "go.sum", path)
        call("go", "test", "-mod=mod", "-count=1", "./...", cwd=path,
             says="(?m)^ok")


# ---- Python ----

def python_tool(name, *packages):
    """A tool of a virtual environment that is kept."""
    venv = KEPT / "venv"
    stamp = venv / ("-".join(packages).replace("==", "-") + ".stamp")
    if not stamp.exists():
        call(sys.executable, "-m", "venv", venv)
        call(venv / "bin" / "pip", "install", "-q", *packages)
        stamp.touch()
    return venv / "bin" / name


def python_form():
    ruff = python_tool("ruff", "ruff==0.11.2")
    call(ruff, "check", "--no-cache", ".")
    call(ruff, "format", "--no-cache", "--check", ".")


def python_wheel(path):
    """The wheel, with this program in it; the released one's is static."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    (path / "licences").mkdir()
    return call(sys.executable, ROOT / "packaging" / "python" / "wheel.py",
                BINARY, machine, version(), path / "licences", path).strip()


def python_installed():
    """The helper's own tests, and the README's, by what pip installed of the
    wheel, with the program that it carries."""
    pytest = python_tool("pytest", "pytest==8.3.4", "pytest-xdist==3.6.1",
                         "hvac==2.3.0", "mypy==1.15.0")
    with folder() as path:
        call(pytest.parent / "pip", "install", "-q", "--no-index", "--no-deps",
             "--force-reinstall", python_wheel(path))
        for tests in ("tests", "app"):
            (path / tests).mkdir()
        for test in (HERE / "tests").glob("*.py"):
            shutil.copy(test, path / "tests")
        (path / "app" / "test_app.py").write_text(block("python"))
        call(pytest, "-q", "-p", "no:cacheprovider", "tests", "app", cwd=path,
             program=None, says=" passed")
        python_types(pytest.parent / "mypy", path)


def python_types(mypy, path):
    """A type checker knows the control API's fields."""
    line = ("import mockvault\ndef test(v: mockvault.Vault) -> None:\n"
            "    v.outage('slow', for_='2s', match={'path': 'secret/**'})\n"
            "    v.verify(%s={'max': 2})\n")
    (path / "right.py").write_text(line % "times")
    (path / "wrong.py").write_text(line % "time")
    call(mypy, "--cache-dir", path / "cache", "right.py", cwd=path)
    done = subprocess.run([mypy, "--cache-dir", path / "cache", "wrong.py"],
                          cwd=path, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 1 and '"time"' in done.stdout, done.stdout


def python_source():
    """pip takes the folder, too; the program is then somebody else's."""
    venv = KEPT / "venv-source"
    if not (venv / "bin" / "pip").exists():
        call(sys.executable, "-m", "venv", venv)
    with folder() as path:
        shutil.copytree(HERE, path / "python")
        call(venv / "bin" / "pip", "install", "-q", "--force-reinstall",
             path / "python")
        call(venv / "bin" / "pip", "show", "mockvault",
             says="(?m)^Version: %s$" % re.escape(version()))
        call(venv / "bin" / "python", "-c",
             "import mockvault\nwith mockvault.Server.shared().vault() as v:"
             " v.verify(times=0)", cwd=path)


# ---- Node ----

NODE_TOOLS = ["@biomejs/biome@2.2.4", "@types/node@20", "jest@30.1.3",
              "node-vault@0.10.2", "typescript@5.9.2", "vitest@3.2.4"]


def npm(*words, cwd):
    return call("npm", *words, "--silent", "--no-audit", "--no-fund",
                "--prefer-offline", cwd=cwd)


def node_app():
    """A folder with the tools, and the package as npm installs it from its
    file, with the program that it carries."""
    app = KEPT / "app"
    app.mkdir(exist_ok=True)
    wanted = json.dumps(NODE_TOOLS)
    stamp = app / "tools.json"
    if not stamp.exists() or stamp.read_text() != wanted:
        (app / "package.json").write_text('{"private": true}')
        npm("install", *NODE_TOOLS, cwd=app)
        stamp.write_text(wanted)
    with folder() as path:
        (path / "licences").mkdir()
        cpu = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
        call(sys.executable, ROOT / "packaging" / "npm" / "layout.py", BINARY,
             cpu, version(), path / "licences", path / "package")
        packed = npm("pack", cwd=path / "package").strip()
        npm("install", "--no-save", path / "package" / packed, cwd=app)
    return app


def node_form():
    biome = node_app() / "node_modules" / ".bin" / "biome"
    call(biome, "ci", ".")


def node_tests():
    """The helper's own tests, and the README's of each runner."""
    app = node_app()
    shutil.copytree(HERE / "test", app / "node_modules" / "mockvault" / "test")
    call("node", "--test", "node_modules/mockvault/test/", cwd=app,
         program=None, says="# fail 0")
    for language, name, command in (
            ("js", "app.js", ["node", "--test"]),
            ("javascript", "app.test.js", ["node_modules/.bin/jest"]),
            ("typescript", "app.spec.ts",
             ["node_modules/.bin/vitest", "run"])):
        (app / name).write_text(block(language))
        call(*command, name, cwd=app, program=None)


def node_types():
    """A compiler takes the README's test, and refuses a field that the control
    API does not have."""
    app = node_app()
    text = block("typescript")
    (app / "right.ts").write_text(text)
    (app / "wrong.ts").write_text(text.replace("for: '2s'", "fur: '2s'"))
    tsc = [app / "node_modules" / ".bin" / "tsc", "--noEmit", "--strict",
           "--module", "nodenext", "--target", "es2022", "--lib",
           "es2023,esnext.disposable,dom", "--skipLibCheck"]
    call(*tsc, "right.ts", cwd=app)
    done = subprocess.run([*tsc, "wrong.ts"], cwd=app, text=True,
                          stdout=subprocess.PIPE)
    assert done.returncode and "'fur'" in done.stdout, done.stdout


# ---- Java ----

JAVA_FORMAT = "com.google.googlejavaformat:google-java-format:1.24.0"
JAVA_APP = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>app</groupId>
  <artifactId>app</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>org.springframework.boot</groupId>
        <artifactId>spring-boot-dependencies</artifactId>
        <version>3.4.1</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
%s
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-compiler-plugin</artifactId>
        <version>3.13.0</version>
      </plugin>
      <plugin>
        <artifactId>maven-surefire-plugin</artifactId>
        <version>3.5.2</version>
      </plugin>
    </plugins>
  </build>
</project>
"""
JAVA_NEEDS = ["mockvault:mockvault-junit:@VERSION@",
              "org.springframework.boot:spring-boot-starter-test:3.4.1",
              "org.springframework.vault:spring-vault-core:3.1.2",
              "com.fasterxml.jackson.core:jackson-databind:2.18.2"]


def maven(*words, cwd, **more):
    """With a local repository of its own."""
    return call("mvn", "-q", "-B", "-Dmaven.repo.local=%s" % (KEPT / "m2"),
                *words, cwd=cwd, **more)


def java_form():
    jar = KEPT / "google-java-format-1.24.0-all-deps.jar"
    if not jar.exists():
        maven("dependency:copy", "-Dartifact=%s:jar:all-deps" % JAVA_FORMAT,
              "-DoutputDirectory=%s" % KEPT, cwd=KEPT)
    opened = ["--add-exports=jdk.compiler/com.sun.tools.javac.%s=ALL-UNNAMED"
              % x for x in ("api", "code", "file", "parser", "tree", "util")]
    same(call("java", *opened, "-jar", jar, "--dry-run",
              *sorted(HERE.rglob("src/**/*.java"))), "")


def java_installed():
    """The helper's own tests, warnings being errors, and the README's tests by
    the artifact that Maven installed of it."""
    with folder() as path:
        shutil.copytree(HERE, path / "java",
                        ignore=shutil.ignore_patterns("target"))
        maven("install", cwd=path / "java")
        text = (path / "java" / "pom.xml").read_text()
        assert "<version>%s</version>" % version() in text, text
        tests = path / "app" / "src" / "test" / "java"
        tests.mkdir(parents=True)
        needs = [need.replace("@VERSION@", version()).split(":")
                 for need in JAVA_NEEDS]
        (path / "app" / "pom.xml").write_text(JAVA_APP % "\n".join(
            "<dependency><groupId>%s</groupId><artifactId>%s</artifactId>"
            "<version>%s</version></dependency>" % tuple(n) for n in needs))
        for text in blocks("java"):
            name = re.search(r"^class (\w+)", text, re.M)[1]
            (tests / (name + ".java")).write_text(text)
        maven("test", cwd=path / "app")
        ran = "".join(p.read_text() for p in (
            path / "app" / "target" / "surefire-reports").glob("*.txt"))
        same(re.findall(r"Tests run: (\d+), Failures: 0, Errors: 0", ran),
             ["2", "1"])


# ---- Rust ----

def cargo(*words, cwd, **more):
    """What is built is kept."""
    return call("cargo", words[0], "--quiet", *words[1:], cwd=cwd, **more,
                env={"CARGO_TARGET_DIR": str(KEPT / "target"),
                     "CARGO_PROFILE_DEV_DEBUG": "0"})


def rust_copy(path):
    shutil.copytree(HERE, path / "rust",
                    ignore=shutil.ignore_patterns("target"))
    return path / "rust"


def rust_form():
    with folder() as path:
        copy = rust_copy(path)
        call("cargo", "fmt", "--check", cwd=copy)
        for features in ([], ["--all-features"]):
            cargo("clippy", "--all-targets", *features, "--", "-D", "warnings",
                  cwd=copy)


def rust_tests():
    with folder() as path:
        cargo("test", cwd=rust_copy(path), says=r"(?m)\b15 passed; 0 failed")


def rust_features():
    """https, and the community's client."""
    with folder() as path:
        said = cargo("test", "--all-features", cwd=rust_copy(path))
        # Units, tls, vault, vaultrs, documents.
        same(re.findall(r"\b(\d+) passed; 0 failed", said),
             ["2", "1", "15", "2", "1"])


def rust_crate():
    """The README's test, by what cargo packs of it."""
    with folder() as path:
        cargo("package", "--allow-dirty", "--no-verify", cwd=rust_copy(path))
        name = "mockvault-" + version()
        call("tar", "-C", path, "-xf",
             KEPT / "target" / "package" / (name + ".crate"))
        (path / "app" / "tests").mkdir(parents=True)
        (path / "app" / "src").mkdir()
        (path / "app" / "src" / "lib.rs").touch()
        (path / "app" / "Cargo.toml").write_text(
            '[package]\nname = "app"\nversion = "0.0.0"\nedition = "2021"\n'
            '[dev-dependencies]\nserde_json = "1"\n'
            'tokio = { version = "1", features = ["macros", "rt"] }\n'
            'vaultrs = { version = "0.8", default-features = false, '
            'features = ["rustls-no-provider"] }\n'
            'mockvault = { path = "../%s", features = ["vaultrs"] }\n' % name)
        for language in ("rust", "rs"):
            (path / "app" / "tests" / (language + ".rs")).write_text(
                block(language))
        cargo("test", cwd=path / "app",
              says=r"(?s)\b1 passed; 0 failed.*\b1 passed; 0 failed")


LANGUAGES = {
    "go": (["go", "version"], [1, 21], [go_form, go_tests, go_module]),
    "python": ([sys.executable, "--version"], [3, 8],
               [python_form, python_installed, python_source]),
    "node": (["node", "--version"], [20, 12],
             [node_form, node_tests, node_types]),
    "java": (["mvn", "--version"], [3, 6], [java_form, java_installed]),
    "rust": (["cargo", "--version"], [1, 74],
             [rust_form, rust_tests, rust_features, rust_crate]),
}


def has(command, oldest):
    """Is there a tool whose version, as the command prints it, is new enough?"""
    if not shutil.which(command[0]):
        return False
    found = re.search(r"\d+(\.\d+)+", call(*command, cwd=ROOT))[0]
    return [int(x) for x in found.split(".")] >= oldest


def main():
    tool, oldest, tests = LANGUAGES[LANGUAGE]
    if not has(tool, oldest):
        print("skipped, no %s from %s on: %s" % (tool[0], ".".join(
            map(str, oldest)), ", ".join(t.__name__ for t in tests)))
        tests = []
    KEPT.mkdir(parents=True, exist_ok=True)
    return run(tests)


if __name__ == "__main__":
    sys.exit(main())
