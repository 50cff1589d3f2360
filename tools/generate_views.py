#!/usr/bin/env python3
"""Writes the typed views of one service: generate_views.py MODEL.json OVERLAY.json SERVICE NAMESPACE OUTPUT.hpp

The slots of a structure stand in the order of the model's members; the loader (wire/model) and this tool read the same
file, so an index that is compiled in here is the loader's index. See wire/api/view.hpp for what views promise.
"""
import json
import re
import sys

KEYWORDS = set("""alignas alignof and asm auto bool break case catch char class const continue default delete do double
else enum explicit export extern false float for friend goto if inline int long namespace new not nullptr operator or
private protected public register requires return short signed sizeof static struct switch template this throw true
try typedef typename union unsigned using virtual void volatile while xor output at list map text has bytes number
boolean instant stream nested""".split())
INTEGERS = {"integer": "std::int32_t", "long": "std::int64_t"}


def snake(name):
    name = re.sub(r"[^A-Za-z0-9]", "_", name)
    name = re.sub(r"(ARN|ID|IP|CIDR|VPC|DNS|KMS)s\b", lambda m: m[1].capitalize() + "s", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    name = re.sub(r"_+", "_", name)
    return name


def accessor(name):
    word = snake(name)
    return word + "_" if word in KEYWORDS else word


def type_name(shape):
    return re.sub(r"[^A-Za-z0-9_]", "_", shape[0].upper() + shape[1:])


class Views:
    def __init__(self, model):
        self.shapes = model["shapes"]
        self.operations = model["operations"]

    def shape(self, name):
        return self.shapes[name]

    def kind(self, name):
        shape = self.shapes[name]
        if shape.get("eventstream"):
            return "eventstream"
        return shape["type"]

    def reach(self, roots):
        """Structures under roots, innermost first, so that a view is defined before it is returned by value."""
        order, seen = [], set()

        def visit(name):
            if name in seen or self.kind(name) == "eventstream":
                return
            seen.add(name)
            shape = self.shapes[name]
            for member in shape.get("members", {}).values():
                visit(member["shape"])
            for part in ("member", "value"):
                if part in shape:
                    visit(shape[part]["shape"])
            if shape["type"] == "structure":
                order.append(name)

        for root in roots:
            visit(root)
        return order

    # ---- reading ----

    def read_type(self, name):
        kind = self.kind(name)
        if kind == "structure":
            return type_name(name)
        if kind == "list":
            return f"ListView<{self.read_type(self.shape(name)['member']['shape'])}>"
        if kind == "map":
            return f"MapView<{self.read_type(self.shape(name)['value']['shape'])}>"
        return {"string": "std::string_view", "character": "std::string_view", "blob": "ByteSpan", "boolean": "bool",
                "timestamp": "Instant", "double": "double", "float": "double", **INTEGERS}[kind]

    def reader(self, index, name, member, required, streaming):
        kind, word = self.kind(member["shape"]), accessor(name)
        yield f"bool has_{snake(name)}() const {{ return has({index}); }}"
        if streaming:
            yield f"BodyReader* {word}() const {{ return stream({index}); }}"
        elif kind in ("structure", "list", "map"):
            yield f"{self.read_type(member['shape'])} {word}() const;"
        else:
            get = {"string": "text", "character": "text", "blob": "bytes", "boolean": "boolean",
                   "timestamp": "instant", "double": "number", "float": "number", "integer": "int32",
                   "long": "int64"}[kind]
            value = self.read_type(member["shape"])
            if required:
                yield f"{value} {word}() const {{ return {get}_of({index}); }}"
            else:
                yield f"std::optional<{value}> {word}() const {{ return {get}({index}); }}"

    def read_class(self, name):
        shape = self.shape(name)
        required = set(shape.get("required", []))
        yield f"class {type_name(name)} : public ReadView {{\npublic:\n    using ReadView::ReadView;"
        later = []
        for index, (member_name, member) in enumerate(shape["members"].items()):
            kind = self.kind(member["shape"])
            if kind == "eventstream":
                continue
            streaming = self.streams(shape, member_name, member)
            for line in self.reader(index, member_name, member, member_name in required, streaming):
                yield "    " + line
            if kind in ("structure", "list", "map") and not streaming:
                result = self.read_type(member["shape"])
                later.append(f"inline {result} {type_name(name)}::{accessor(member_name)}() const "
                             f"{{ return {result}{{at({index})}}; }}")
        yield "};"
        self.definitions.extend(later)

    def streams(self, shape, name, member):
        target = self.shape(member["shape"])
        return (shape.get("payload") == name and target["type"] == "blob" and
                bool(member.get("streaming") or target.get("streaming")))

    # ---- writing ----

    SCALARS = {"string": ("std::string_view", "put_text", "add"), "character": ("std::string_view", "put_text", "add"),
               "blob": ("ByteSpan", "put_bytes", "add_bytes"), "boolean": ("bool", "put_boolean", "add_boolean"),
               "timestamp": ("Instant", "put_instant", "add_instant"), "double": ("double", "put_number", "add_number"),
               "float": ("double", "put_number", "add_number"), "integer": ("std::int32_t", "put_integer", "add_integer"),
               "long": ("std::int64_t", "put_integer", "add_integer")}

    def writer_class_of(self, name):
        """A list or map inside a list or map: a class of its own, named after the shape."""
        return type_name(name) + "Items"

    def append(self, target, sequence, prefix, word, key):
        """One add/put method: `target` is the shape of the new element."""
        kind = self.kind(target)
        parameter = "std::string_view key" if key else ""
        comma = ", " if key else ""
        at = f"SequenceWriter{{{sequence}, output()}}" + (".key(key)" if key else "")
        if kind in self.SCALARS:
            value, _, add = self.SCALARS[kind]
            return f"void {prefix}{word}({parameter}{comma}{value} value) {{ {at}.{add}(value); }}", None
        if kind == "structure":
            result, body = type_name(target), f"{at}.add_record({len(self.shape(target)['members'])})"
        else:
            result, body = self.writer_class_of(target), f"{at}.add_{kind}()"
        return f"{result} {prefix}{word}({parameter});", (result, prefix + word, parameter, body)

    def define(self, owner, made):
        if made is not None:
            result, method, parameter, body = made
            self.definitions.append(f"inline {result} {owner}::{method}({parameter}) "
                                    f"{{ return {result}{{{body}, output()}}; }}")

    def writer(self, owner, index, name, member, streaming):
        kind, word = self.kind(member["shape"]), snake(name)
        if streaming:
            yield (f"void set_{word}(std::unique_ptr<BodySource> body, Bytes length) "
                   f"{{ put_stream(std::move(body), length); }}")
            yield f"void set_{word}(ByteSpan value) {{ put_bytes({index}, value); }}"
        elif kind in self.SCALARS:
            value, put, _ = self.SCALARS[kind]
            yield f"void set_{word}({value} value) {{ {put}({index}, value); }}"
        elif kind == "structure":
            body = f"nested({index}, {len(self.shape(member['shape'])['members'])})"
            yield f"{type_name(member['shape'])} set_{word}();"
            self.define(owner, (type_name(member["shape"]), "set_" + word, "", body))
        else:
            target = self.shape(member["shape"])["member" if kind == "list" else "value"]["shape"]
            yield f"void start_{word}() {{ {kind}({index}); }}"
            line, made = self.append(target, f"{kind}({index})", "add_" if kind == "list" else "put_", word, kind == "map")
            yield line
            self.define(owner, made)

    def write_class(self, name):
        shape, owner = self.shape(name), type_name(name)
        yield f"class {owner} : public WriteView {{\npublic:\n    using WriteView::WriteView;"
        yield f"    static constexpr std::uint32_t kSlots = {len(shape['members'])};"
        for index, (member_name, member) in enumerate(shape["members"].items()):
            if self.kind(member["shape"]) == "eventstream":
                continue
            for line in self.writer(owner, index, member_name, member, self.streams(shape, member_name, member)):
                yield "    " + line
        yield "};"

    def nested_sequences(self, structures):
        """Lists and maps that are elements of lists and maps."""
        found, todo = [], []
        for name in structures:
            todo += [m["shape"] for m in self.shape(name)["members"].values()]
        seen = set(todo)
        while todo:
            shape = self.shape(todo.pop())
            for part in ("member", "value"):
                if part not in shape:
                    continue
                target = shape[part]["shape"]
                if self.kind(target) in ("list", "map"):
                    if target not in found:
                        found.append(target)
                    if target not in seen:
                        seen.add(target)
                        todo.append(target)
        return sorted(found)

    def sequence_class(self, name):
        kind, owner = self.kind(name), self.writer_class_of(name)
        target = self.shape(name)["member" if kind == "list" else "value"]["shape"]
        line, made = self.append(target, "items_", "add" if kind == "list" else "put", "", kind == "map")
        yield f"class {owner} {{\npublic:"
        yield f"    {owner}(Sequence* items, Output* output) : items_{{items}}, output_{{output}} {{}}"
        yield "    " + line
        yield "private:\n    [[nodiscard]] Output* output() const { return output_; }"
        yield "    Sequence* items_;\n    Output* output_;\n};"
        self.define(owner, made)

    # ---- whole file ----

    def part(self, namespace, roots, write):
        self.definitions = []
        order = self.reach(roots)
        yield f"namespace {namespace} {{"
        for name in order:
            yield f"class {type_name(name)};"
        if write:
            sequences = self.nested_sequences(order)
            for name in sequences:
                yield f"class {self.writer_class_of(name)};"
            for name in sequences:
                yield from self.sequence_class(name)
        for name in order:
            yield from (self.write_class(name) if write else self.read_class(name))
        yield from self.definitions
        yield f"}}  // namespace {namespace}"


def error_constants(model, overlay):
    codes = {}
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            codes[constant(name)] = name
    for code in overlay.get("errors", {}):
        codes.setdefault(constant(code), code)
    yield "namespace errors {"
    for name, code in sorted(codes.items()):
        yield f'inline constexpr ErrorCode {name}{{.name = "{code}"}};'
    yield "}  // namespace errors"


def constant(code):
    return "k" + "".join(part[0].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", code) if part)


def main():
    model_path, overlay_path, service, namespace, out_path = sys.argv[1:6]
    with open(model_path, encoding="utf-8") as f:
        model = json.load(f)
    with open(overlay_path, encoding="utf-8") as f:
        overlay = json.load(f)
    views = Views(model)
    operations = model["operations"].items()
    inputs = [o["input"]["shape"] for _, o in operations if "input" in o]
    outputs = [o["output"]["shape"] for _, o in operations if "output" in o]
    lines = [f"// Generated by tools/generate_views.py from wire/models/{service}.json. Do not edit.", "#pragma once", "",
             '#include "wire/api/error.hpp"', '#include "wire/api/view.hpp"', "",
             f"namespace landfall::wire::{namespace} {{"]
    lines += views.part("in", inputs, write=False)
    lines += views.part("out", outputs, write=True)
    for name, operation in operations:
        read = f"in::{type_name(operation['input']['shape'])}" if "input" in operation else "NoMembersIn"
        write = f"out::{type_name(operation['output']['shape'])}" if "output" in operation else "NoMembersOut"
        lines.append(f'struct {name} {{ static constexpr std::string_view kService = "{service}", kName = "{name}"; '
                     f"using In = {read}; using Out = Reply<{write}>; }};")
    lines += error_constants(model, overlay)
    lines += [f"}}  // namespace landfall::wire::{namespace}", ""]
    with open(out_path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
