#!/usr/bin/env python3
"""The laws of the house, enforced: layers, names, sizes, formats, operations. Usage: tidy.py ROOT

Every rule is a function `files -> findings`; a finding is one line "path:line: sentence". Exit 1 when there is one.
"""
import os
import re
import subprocess
import sys

# A folder may include only itself and what stands after it here. The same table is in docs/ARCHITECTURE.md.
LAYERS = {
    "base": [],
    "core/access": ["base", "core"],
    "core/state": ["base"],
    "core/jobs": ["base", "core"],
    "core/blocks": ["base"],
    "core/upkeep": ["base", "core"],
    "wire": ["base", "wire"],
    "engines": ["base", "core"],
    "services": ["base", "core", "engines", "wire/api", "wire/views"],
    "front": ["base", "wire", "core"],
    "apps": ["base", "core", "wire", "engines", "services", "front", "apps"],
    "tests": ["base", "core", "wire", "engines", "services", "front", "apps", "tests"],
    "bench": ["base", "core", "wire", "engines", "services", "front", "apps", "bench"],
}
HEAVY = re.compile(r'^#include [<"](boost/|simdjson|spdlog/|toml\+\+/|rocksdb/|sqlite3|pugixml|CLI/)')
BANNED_NAMES = re.compile(r"(^|_)(manager|util|utils|helper|helpers|common|misc|handler|processor|data|info|impl)(_|\.|$)")
BANNED_TYPES = re.compile(
    r"^\s*(?:class|struct|enum class)\s+(\w*(?:Manager|Util|Utils|Helper|Handler|Processor|Impl))\b")
BANNED_CALLS = [
    (re.compile(r"\bstd::regex\b|#include <regex>"), "<regex> is slow and throws: write the match by hand"),
    (re.compile(r"\bsleep_for\b|\busleep\s*\(|[^_.\w]sleep\s*\("), "wait for a condition, not for a time"),
    (re.compile(r"\bsystem\s*\(|\bpopen\s*\("), "no shell: start the program with its arguments"),
    (re.compile(r"\bgmtime\s*\(|\blocaltime\s*\(|\bstrtok\s*\(|\bsprintf\s*\("), "not thread-safe or not bounded"),
    (re.compile(r"\bco_await\b|\bco_return\b|\bdynamic_cast\b|\btypeid\b"), "no coroutines, no RTTI (docs/HACKING.md)"),
    (re.compile(r"[^_\w]new\s+[A-Z]\w*[({]"), "no raw new: std::make_unique"),
]
LINE_MAX, FILE_MAX, HEADER_MAX, FUNCTION_MAX, SIZE_MAX = 110, 800, 260, 70, 256 * 1024
SOURCE = (".cpp", ".hpp")


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                         check=True).stdout
    return sorted({p for p in out.splitlines() if os.path.isfile(os.path.join(root, p))})


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def folder_of(path):
    """The entry of LAYERS that holds path, the longest match first."""
    for folder in sorted(LAYERS, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def unit_of(path):
    """What may always include itself: a service or an engine is one unit, so services never include each other."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("core", "services", "engines") else parts[0]


def is_test(path):
    return re.search(r"_(test|prop|fuzz|bench)\.(cpp|hpp)$|_testing\.(cpp|hpp)$", path) is not None


def layers(files):
    for path, text in files.items():
        if not path.endswith(SOURCE) or folder_of(path) is None:
            continue
        allowed = LAYERS[folder_of(path)]
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'#include "([^"]+)"', line)
            if not match or "/" not in match[1]:
                continue
            target = match[1]
            if folder_of(target) is None or unit_of(target) == unit_of(path):
                continue
            # A service's test speaks through the whole wire layer, which needs the models.
            if is_test(path) and target == "wire/models/embedded.hpp":
                continue
            if not any(target.startswith(a + "/") for a in allowed):
                yield f"{path}:{number}: {folder_of(path)} may not include {target}"
            if path.startswith("engines/") and target.startswith("engines/"):
                yield f"{path}:{number}: engines do not include each other"


def names(files):
    for path in files:
        if path.endswith(SOURCE) and BANNED_NAMES.search(os.path.basename(path)):
            yield f"{path}:1: the name says nothing: {os.path.basename(path)}"
    for path, text in files.items():
        if not path.endswith(SOURCE):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = BANNED_TYPES.match(line)
            if match:
                yield f"{path}:{number}: the name says nothing: {match[1]}"


def without_strings(line):
    return re.sub(r'//.*$', "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def calls(files):
    for path, text in files.items():
        if not path.endswith(SOURCE):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            bare = without_strings(line)
            for pattern, why in BANNED_CALLS:
                if pattern.search(bare):
                    yield f"{path}:{number}: {why}"
            if path.endswith(".hpp") and HEAVY.match(line):
                yield f"{path}:{number}: heavy header outside a .cpp"


def function_lengths(text):
    """(first line, lines) of every brace block that follows a parameter list outside of a function."""
    depth_stack, start = [], None
    pending = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"'(\\.|[^'\\])'", "' '", without_strings(raw))
        if line.lstrip().startswith("#"):
            continue
        for char in line:
            if char == "{":
                inside = any(kind == "function" for kind, _ in depth_stack)
                head = pending.strip()
                named = re.sub(r"^template\s*<.*?>\s*(?=class|struct|union)", "", head)
                is_scope = re.match(r"(namespace|class|struct|enum|union|extern)\b", named) or head.endswith("=")
                kind = "function" if not inside and ")" in head and not is_scope else "scope"
                depth_stack.append((kind, number))
                pending = ""
            elif char == "}":
                if depth_stack:
                    kind, start = depth_stack.pop()
                    if kind == "function":
                        yield start, number - start + 1
                pending = ""
            elif char == ";":
                pending = ""
            else:
                pending += char
        pending += " "


def giants(files):
    """Paths and functions that were too big when they were listed, with the size they may not exceed."""
    listed = {}
    for line in files.get("tests/tidy/giants.txt", "").splitlines():
        if line.strip() and not line.startswith("#"):
            path, size = line.rsplit(" ", 1)
            listed[path] = int(size)
    return listed


def sizes(files):
    listed = giants(files)
    for path, text in files.items():
        if path.startswith("wire/models/"):
            continue
        if len(text.encode("utf-8", "replace")) > SIZE_MAX:
            yield f"{path}:1: over 256 KiB"
        if not path.endswith(SOURCE):
            continue
        lines = text.splitlines()
        limit = HEADER_MAX if path.endswith(".hpp") else FILE_MAX
        limit = max(limit, listed.get(path, 0))
        if len(lines) > limit:
            yield f"{path}:1: {len(lines)} lines, the limit is {limit}"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX:
                yield f"{path}:{number}: {len(line)} columns, the limit is {LINE_MAX}"
        longest = max([FUNCTION_MAX, listed.get(path + ":functions", 0)])
        for start, count in function_lengths(text):
            if count > longest:
                yield f"{path}:{start}: a function of {count} lines, the limit is {longest}"


def marks(files):
    for path, text in files.items():
        if path.startswith(("tests/tidy/", "wire/models/")):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", line):
                yield f"{path}:{number}: an unnumbered TODO"
            if re.search(r"/(root|home/\w+|work)/(?!\.)\w", line) and not path.endswith((".json", ".md")):
                yield f"{path}:{number}: a path of some machine"


def operations(files):
    """Every operation that a service implements has a row in its README."""
    for path, text in files.items():
        match = re.match(r"services/(\w+)/.*\.cpp$", path)
        if not match or is_test(path):
            continue
        readme = files.get(f"services/{match[1]}/README.md", "")
        for number, line in enumerate(text.splitlines(), 1):
            for name in re.findall(r"\.on(?:_\w+)?<(?:\w+::)*(\w+)>\(", line):
                if not re.search(rf"\b{name}\b", readme):
                    yield f"{path}:{number}: {name} has no row in services/{match[1]}/README.md"


def service_shape(files):
    for service in sorted({p.split("/")[1] for p in files if p.startswith("services/") and p.count("/") >= 2}):
        for name in ("README.md", "service.hpp", "api.cpp"):
            if f"services/{service}/{name}" not in files:
                yield f"services/{service}/{name}:1: missing: every service folder has one shape"


COMMENTS_AND_TEXTS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)


def opens_initialiser(before):
    """Whether a brace behind this text begins a list of members, and not a block of statements."""
    if before.endswith(("=", "(", ",", "{")) or re.search(r"\breturn$", before):
        return True
    if not re.search(r"[\w>]$", before) or re.search(r"\b(else|do|try|const|noexcept|override|final|mutable)$", before):
        return False
    return not re.search(r"(->\s*[\w:<>,\s*&]+|\b(namespace|struct|class|union|enum)\b[^;{}()]*)$", before[-300:])


def leaks(files):
    """A TRY that leaves a braced list skips the destructors of the members before it: g++ 12 and clang 14 both do."""
    for path, text in files.items():
        if not path.endswith(SOURCE):
            continue
        bare = COMMENTS_AND_TEXTS.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
        open_brackets = []  # [kind, commas]
        for token in re.finditer(r"[{}()\[\];,]|\bTRY\(", bare):
            sign = token.group()
            if sign == "TRY(":
                lists = []
                for kind, commas in reversed(open_brackets):
                    if kind == "block":
                        break
                    lists.append(kind == "list" and commas > 0)
                if any(lists):
                    line = bare.count("\n", 0, token.start()) + 1
                    yield f"{path}:{line}: a TRY behind another member in braces leaks that member: take the value first"
                open_brackets.append(["call", 0])
            elif sign == "{":
                kind = "list" if opens_initialiser(bare[:token.start()].rstrip()) else "block"
                open_brackets.append([kind, 0])
            elif sign in "([":
                open_brackets.append(["call", 0])
            elif sign in ")]}" and open_brackets:
                open_brackets.pop()
            elif sign == "," and open_brackets:
                open_brackets[-1][1] += 1


RULES = [layers, names, calls, sizes, marks, operations, service_shape, leaks]


def findings(files):
    return [f for rule in RULES for f in rule(files)]


def main():
    root = sys.argv[1]
    files = {p: read(root, p) for p in tracked(root)}
    found = findings(files)
    print("\n".join(found))
    print(f"tidy: {len(files)} files, {len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
