#!/usr/bin/env python3
"""Writes a C++ file that carries the models as bytes: embed_models.py MODELS_DIR OUTPUT.cpp SERVICE..."""
import os
import sys


def main():
    folder, out, services = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    lines = ['#include "wire/models/embedded.hpp"', "", "#define EMBED(symbol, path) \\",
             '    __asm__(".section .rodata\\n.balign 16\\n.global " #symbol "\\n" #symbol ":\\n.incbin \\"" path "\\"\\n" \\',
             '            ".global " #symbol "_end\\n" #symbol "_end:\\n.byte 0\\n.previous\\n"); \\',
             "    extern \"C\" const char symbol[]; \\", "    extern \"C\" const char symbol##_end[]", ""]
    rows = []
    for service in services:
        for kind, path in (("model", f"{service}.json"), ("overlay", f"overlay/{service}.json")):
            symbol = f"landfall_{kind}_{service.replace('-', '_')}"
            lines.append(f'EMBED({symbol}, "{os.path.join(folder, path)}");')
        name = service.replace("-", "_")
        span = lambda kind: (f"{{landfall_{kind}_{name}, "
                             f"static_cast<std::size_t>(landfall_{kind}_{name}_end - landfall_{kind}_{name})}}")
        rows.append(f'        {{"{service}", {span("model")}, {span("overlay")}}},')
    lines += ["", "namespace landfall::wire {", "", "std::span<const ModelText> embedded_models() {",
              "    static const ModelText kModels[] = {", *rows, "    };", "    return kModels;", "}", "",
              "}  // namespace landfall::wire", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
